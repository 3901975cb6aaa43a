#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace dcgan {

/**
 * What `ask` gives, or nothing when it takes longer than `limit`: a store of c10d whose machine is gone may
 * never answer. Then a thread stays behind that waits for it, so `ask` owns whatever it uses. `look` is
 * called meanwhile, and may throw. (std::future would ask for a newer system than docs/packaging.md
 * promises.)
 */
template <typename Ask, typename Look>
auto bounded(Ask ask, std::chrono::milliseconds limit, const Look& look) -> std::optional<decltype(ask())> {
  struct Answer {
    std::optional<decltype(ask())> value;
    std::exception_ptr error;
    std::atomic<bool> there = false;
  };
  const auto answer = std::make_shared<Answer>();
  std::thread([answer, ask = std::move(ask)]() mutable {
    try {
      answer->value = ask();
    } catch (...) {
      answer->error = std::current_exception();
    }
    answer->there = true;
  }).detach();
  const auto end = std::chrono::steady_clock::now() + limit;
  for (std::chrono::milliseconds pause(1); !answer->there;
       pause = std::min(pause * 2, std::chrono::milliseconds(50))) {
    look();
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(pause);
  }
  if (answer->error) std::rethrow_exception(answer->error);
  return std::move(answer->value);
}

}  // namespace dcgan
