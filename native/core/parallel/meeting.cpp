#include "meeting.h"

#include <arpa/inet.h>
#include <c10/util/Logging.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "../error.h"
#include "bounded.h"
#include "words.h"

namespace dcgan {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/** One attempt to reach the store, so that an interruption is looked at in between. */
constexpr milliseconds attempt(2000);
/** One question to a store that is there. */
constexpr milliseconds answering(30'000);

Error refused(const std::string& sentence) { return {ProcessGroup::lost, sentence}; }

std::string text_of(double seconds) { return std::to_string(static_cast<int64_t>(seconds)) + " s"; }

void look(const std::atomic<bool>& interrupted) {
  if (interrupted) throw refused("This process has stopped waiting for the others.");
}

/** libtorch writes stack traces to stderr while a process waits: what is to be said the errors say. */
void hush() {
  if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = c10::GLOG_FATAL;
}

c10::intrusive_ptr<c10d::Store> connected(const std::string& host, const c10d::TCPStoreOptions& options,
                                          Clock::time_point end, const std::atomic<bool>& interrupted) {
  const auto connect = [host, options]() -> c10::intrusive_ptr<c10d::Store> {
    return c10::make_intrusive<c10d::TCPStore>(host, options);
  };
  if (options.isServer) return connect();
  const auto left = std::max(std::chrono::duration_cast<milliseconds>(end - Clock::now()), milliseconds(0));
  if (auto store = bounded(connect, left + attempt, [&] { look(interrupted); })) return *store;
  throw std::runtime_error("it accepts connections and does not answer");
}

c10::intrusive_ptr<c10d::Store> open_store(const Meeting& meeting, Clock::time_point end,
                                           const std::atomic<bool>& interrupted) {
  c10d::TCPStoreOptions options;
  options.port = meeting.port;
  options.numWorkers = static_cast<size_t>(meeting.size);
  options.waitWorkers = false;
  options.multiTenant = true;
  options.isServer = meeting.rank == 0 && !meeting.launcher_keeps_store;
  options.timeout = attempt;
  const auto where = meeting.host + ":" + std::to_string(meeting.port);
  for (;;) {
    look(interrupted);
    try {
      auto store = connected(meeting.host, options, end, interrupted);
      store->setTimeout(answering);
      return store;
    } catch (const std::exception& error) {
      const std::string said = first_words(error);
      if (options.isServer && said.find("EADDRINUSE") != std::string::npos) {
        throw refused(
            "Port " + std::to_string(meeting.port) + " of " + meeting.host +
            " is in use: another training meets there, or another program listens. Choose another port.");
      }
      if (Clock::now() < end) {
        std::this_thread::sleep_for(milliseconds(200));
        continue;
      }
      throw refused(
          "Process " + std::to_string(meeting.rank) + " could not reach " + where + " within " +
          text_of(meeting.limit_s) +
          ", where the processes meet. Check that process 0 runs there, the address and the port, and that "
          "no firewall is between (" +
          said + ").");
    }
  }
}

/** How long a process takes what an earlier attempt may have left in a launcher's store for that. */
constexpr milliseconds patience(10'000);

/**
 * Waits until all processes of one attempt are there, and tells which those are. A launcher's store outlives
 * the attempts, and how often it has started them the launcher's agents need not agree on. So process 0 draws
 * a number, the others greet under it, and it answers: nobody answers who has ended.
 */
class Assembly {
 public:
  Assembly(const c10::intrusive_ptr<c10d::Store>& store, const Meeting& meeting, Clock::time_point end,
           const std::atomic<bool>& interrupted)
      : store_(store), meeting_(meeting), end_(end), interrupted_(interrupted) {}

  /** The name of this attempt; `machines` becomes those of all processes. */
  std::string assemble(std::vector<std::string>& machines) {
    const auto attempt = meeting_.rank == 0 ? receive_or_say_why() : greet();
    for (int64_t rank = 0; rank < meeting_.size; ++rank)
      machines.push_back(machine_of(get(greeting(attempt, rank))));
    return attempt;
  }

 private:
  static constexpr const char* leader = "leader";
  static constexpr milliseconds longest_pause = milliseconds(200);

  std::string greeting(const std::string& attempt, int64_t rank) const {
    return attempt + ":greeting:" + std::to_string(rank);
  }
  static std::string answer(const std::string& attempt, int64_t rank) {
    return attempt + ":answer:" + std::to_string(rank);
  }
  /** Under it stands why an attempt came to nothing. */
  static std::string complaint(const std::string& attempt) { return attempt + ":complaint"; }
  static std::string complete(const std::string& attempt) { return attempt + ":complete"; }

  /** What a question to the store gives. Throws where it is not answered in time. */
  template <typename Ask>
  auto asked(Ask ask) const {
    const auto left = std::chrono::duration_cast<milliseconds>(end_ - Clock::now());
    auto given = bounded([store = store_, ask] { return ask(*store); }, std::max(left, attempt),
                         [&] { look(interrupted_); });
    if (given) return *std::move(given);
    throw refused("The place where the processes meet has not answered within " + text_of(meeting_.limit_s) +
                  ". Is its machine there?");
  }

  bool is_there(const std::string& key) const {
    return asked([key](c10d::Store& store) { return store.check({key}); });
  }

  std::string get(const std::string& key) const {
    return asked([key](c10d::Store& store) { return as_text(store.get(key)); });
  }

  void set(const std::string& key, const std::string& value) const {
    asked([key, value](c10d::Store& store) {
      store.set(key, stored(value));
      return true;
    });
  }

  /** What is there: `value`, where nothing was before. */
  std::string first(const std::string& key, const std::string& value) const {
    return asked(
        [key, value](c10d::Store& store) { return as_text(store.compareSet(key, {}, stored(value))); });
  }

  /** How a process greets: its machine, and what tells it from all others. */
  std::string own() const {
    return meeting_.machine + ", process number " + std::to_string(getpid()) + " (" + random_ + ")";
  }

  static std::string machine_of(const std::string& greeting) {
    return greeting.substr(0, greeting.find(','));
  }

  /** Before the next look. Throws where this process was interrupted. */
  void pause() {
    look(interrupted_);
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 2, longest_pause);
  }

  [[noreturn]] void complain(const std::string& attempt, const std::string& sentence) {
    set(complaint(attempt), sentence);
    throw refused(sentence);
  }

  void heed(const std::string& attempt) {
    if (is_there(complaint(attempt))) throw refused(get(complaint(attempt)));
  }

  /** Of process 0. Where it keeps the store, the others cannot read why there is no meeting once it has
   * ended. */
  std::string receive_or_say_why() {
    try {
      return receive();
    } catch (const Error&) {
      if (!meeting_.launcher_keeps_store && !interrupted_) std::this_thread::sleep_for(10 * longest_pause);
      throw;
    }
  }

  std::string receive() {
    const auto attempt = random_;
    set(greeting(attempt, 0), own());
    set(leader, attempt + " " + std::to_string(meeting_.size));
    std::vector<int64_t> missing;
    for (int64_t rank = 1; rank < meeting_.size; ++rank) missing.push_back(rank);
    for (;;) {
      heed(attempt);
      std::erase_if(missing, [&](int64_t rank) {
        if (!is_there(greeting(attempt, rank))) return false;
        set(answer(attempt, rank), get(greeting(attempt, rank)));
        return true;
      });
      if (missing.empty()) break;
      if (Clock::now() >= end_) complain(attempt, late(missing));
      pause();
    }
    set(complete(attempt), "");
    return attempt;
  }

  /** Of the others. */
  std::string greet() {
    const auto rank = std::to_string(meeting_.rank);
    std::string heard, reason;
    auto since = Clock::now();
    for (;; pause()) {
      if (const auto now = Clock::now(); now >= end_ || (!reason.empty() && now >= since + patience)) {
        if (!reason.empty()) complain(heard, reason);
        const auto within = " within " + text_of(meeting_.limit_s) + ". ";
        throw refused(heard.empty() ? "Process 0 has not come" + within +
                                          "See what it wrote, or whether it was started."
                                    : "Not all processes have come" + within +
                                          "See what process 0 wrote: it says which are missing.");
      }
      if (!is_there(leader)) continue;
      const auto said = get(leader);
      const auto attempt = said.substr(0, said.find(' '));
      if (attempt != heard) heard = attempt, reason.clear(), since = Clock::now();
      if (const auto size = said.substr(said.find(' ') + 1); size != std::to_string(meeting_.size)) {
        reason = "Process 0 was told of " + size + " processes, process " + rank + " of " +
                 std::to_string(meeting_.size) + ". Start all with the same number.";
        continue;
      }
      const auto other = first(greeting(attempt, meeting_.rank), own());
      if (other != own()) {
        reason = "Two processes have rank " + rank + ": one on " + other + ", one on " + own() +
                 ". Give each a rank of its own.";
        continue;
      }
      // Of an attempt that is over it stays away.
      if (is_there(answer(attempt, meeting_.rank)) && is_there(complete(attempt))) return attempt;
      heed(attempt);
    }
  }

  std::string late(const std::vector<int64_t>& missing) const {
    std::string numbers;
    for (const int64_t rank : missing) numbers += (numbers.empty() ? "" : ", ") + std::to_string(rank);
    return "Of " + std::to_string(meeting_.size) + " processes these have not come within " +
           text_of(meeting_.limit_s) + ": " + numbers +
           ". See what they wrote, or whether they were started.";
  }

  const c10::intrusive_ptr<c10d::Store> store_;
  const Meeting& meeting_;
  const Clock::time_point end_;
  const std::atomic<bool>& interrupted_;
  const std::string random_ = std::to_string(std::random_device{}()) + std::to_string(std::random_device{}());
  milliseconds pause_ = milliseconds(5);
};

std::string text_of(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* number =
      address->sa_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
          : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return inet_ntop(address->sa_family, number, text, sizeof text) != nullptr ? text : "";
}

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

/** This machine's address on the way to a host, as the system would choose it; nothing is sent. Empty where
 * there is none. */
std::string address_towards(const std::string& host, uint16_t port) {
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
  std::string address;
  for (const addrinfo* at = found; at != nullptr && address.empty(); at = at->ai_next) {
    const int probe = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) continue;
    sockaddr_storage own = {};
    socklen_t length = sizeof own;
    if (connect(probe, at->ai_addr, at->ai_addrlen) == 0 &&
        getsockname(probe, reinterpret_cast<sockaddr*>(&own), &length) == 0) {
      address = text_of(reinterpret_cast<const sockaddr*>(&own));
    }
    close(probe);
  }
  freeaddrinfo(found);
  return address;
}

/** The first address of this machine that others could reach; empty for none. */
std::string outward_address() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {};
  std::string address;
  for (const ifaddrs* at = all; at != nullptr && address.empty(); at = at->ifa_next) {
    const bool up = (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_LOOPBACK) == 0;
    if (up && at->ifa_addr != nullptr && at->ifa_addr->sa_family == AF_INET) address = text_of(at->ifa_addr);
  }
  freeifaddrs(all);
  return address;
}

/**
 * The address through which the other processes reach this one. By itself Gloo takes that of the host's name,
 * which on many systems is a loopback address, so that machines do not find each other.
 */
std::string own_address(const Meeting& meeting, const std::vector<std::string>& machines) {
  if (std::getenv("GLOO_SOCKET_IFNAME") != nullptr) return {};
  const auto towards = address_towards(meeting.host, meeting.port);
  const bool all_here = std::all_of(machines.begin(), machines.end(),
                                    [&](const auto& machine) { return machine == meeting.machine; });
  return !is_loopback(towards) || all_here ? towards : outward_address();
}

}  // namespace

std::shared_ptr<ProcessGroup> meet(const Meeting& meeting, const std::atomic<bool>& interrupted) {
  hush();
  const auto end = Clock::now() + milliseconds(static_cast<int64_t>(meeting.limit_s * 1000));
  const auto all = open_store(meeting, end, interrupted);
  const auto store = c10::make_intrusive<c10d::PrefixStore>("dcgan/" + meeting.name, all);
  try {
    std::vector<std::string> machines;
    const auto attempt = Assembly(store, meeting, end, interrupted).assemble(machines);
    const ProcessGroup::Place place = {meeting.rank, meeting.size, own_address(meeting, machines),
                                       meeting.limit_s};
    return std::make_shared<ProcessGroup>(c10::make_intrusive<c10d::PrefixStore>(attempt, store), place);
  } catch (const c10::Error& error) {
    throw refused("The place where the processes meet is gone (" + first_words(error) +
                  "). See what process 0 wrote.");
  }
}

}  // namespace dcgan
