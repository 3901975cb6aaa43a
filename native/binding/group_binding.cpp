#include "group_binding.h"

#include <atomic>
#include <mutex>

#include "../core/error.h"
#include "../core/parallel/meeting.h"
#include "arguments.h"
#include "worker_object.h"

namespace dcgan {
namespace {

/** What a worker's jobs share with those who interrupt them. */
struct Joined {
  std::atomic<bool> interrupted = false;
  std::mutex mutex;
  /** Null until it was joined. */
  std::shared_ptr<ProcessGroup> group;

  std::shared_ptr<ProcessGroup> held() {
    const std::lock_guard lock(mutex);
    return group;
  }

  /** Throws ERR_NATIVE before it was joined. */
  std::shared_ptr<ProcessGroup> needed() {
    if (auto there = held()) return there;
    throw Error("ERR_NATIVE", "join() comes before this call.");
  }
};

std::string bytes_argument(const Napi::CallbackInfo& info) {
  const auto bytes = bytes_of(info[0]);
  return {reinterpret_cast<const char*>(bytes.data), static_cast<size_t>(bytes.count)};
}

/** The processes that train together, for what JavaScript says to them: on a thread of its own, which waits.
 */
class GroupBinding : public WorkerObject<GroupBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "ProcessGroup",
                       {method<&GroupBinding::join>("join"), method<&GroupBinding::broadcast>("broadcast"),
                        method<&GroupBinding::gather>("gather"), method<&GroupBinding::fail>("fail"),
                        method<&GroupBinding::handle>("handle"), dispose_method()});
  }

  explicit GroupBinding(const Napi::CallbackInfo& info)
      : WorkerObject(info), joined_(coded(info.Env(), [] { return std::make_shared<Joined>(); })) {
    const auto interrupt = [joined = joined_] {
      joined->interrupted = true;
      if (const auto group = joined->held()) group->interrupt();
    };
    const auto cleanup = [joined = joined_] {
      const std::lock_guard lock(joined->mutex);
      joined->group.reset();
    };
    start(info.Env(), cleanup, interrupt);
  }

 private:
  template <typename F>
  Napi::Value submit(const Napi::CallbackInfo& info, F work) {
    return worker().submit(
        info.This().As<Napi::Object>(),
        [joined = joined_, work = std::move(work)]() -> Worker::Result { return work(*joined); });
  }

  /** `join({ rank, worldSize, host, port, launcherKeepsStore, meeting, machine, limit })` */
  Napi::Value join(const Napi::CallbackInfo& info) {
    if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "join takes an object.");
    const auto given = info[0].As<Napi::Object>();
    const Meeting meeting = {static_cast<int64_t>(number_of(given, "rank")),
                             static_cast<int64_t>(number_of(given, "worldSize")),
                             string_of(given, "host"),
                             static_cast<uint16_t>(number_of(given, "port")),
                             given.Get("launcherKeepsStore").ToBoolean(),
                             string_of(given, "meeting"),
                             string_of(given, "machine"),
                             number_of(given, "limit")};
    return submit(info, [meeting](Joined& joined) -> Worker::Result {
      auto group = meet(meeting, joined.interrupted);
      const std::lock_guard lock(joined.mutex);
      joined.group = std::move(group);
      return nullptr;
    });
  }

  Napi::Value broadcast(const Napi::CallbackInfo& info) {
    return submit(info, [bytes = bytes_argument(info)](Joined& joined) -> Worker::Result {
      return [all = joined.needed()->broadcast(bytes)](napi_env env) { return byte_array(env, all); };
    });
  }

  Napi::Value gather(const Napi::CallbackInfo& info) {
    return submit(info, [bytes = bytes_argument(info)](Joined& joined) -> Worker::Result {
      return [all = joined.needed()->gather(bytes)](napi_env env) {
        std::vector<napi_value> arrays;
        for (const auto& each : all) arrays.push_back(byte_array(env, each));
        return list(env, arrays);
      };
    });
  }

  Napi::Value fail(const Napi::CallbackInfo& info) {
    return submit(info, [reason = info[0].ToString().Utf8Value()](Joined& joined) -> Worker::Result {
      if (const auto group = joined.held()) group->fail(reason);
      return nullptr;
    });
  }

  Napi::Value handle(const Napi::CallbackInfo& info) {
    // Weak: garbage must not keep this process in a group that it has left.
    using Held = std::weak_ptr<ProcessGroup>;
    return Napi::External<Held>::New(info.Env(), new Held(joined_->needed()),
                                     [](Napi::Env, Held* held) { delete held; });
  }

  const std::shared_ptr<Joined> joined_;
};

}  // namespace

void register_process_group(Napi::Env env, Napi::Object exports) {
  exports.Set("ProcessGroup", GroupBinding::define(env));
}

std::shared_ptr<ProcessGroup> group_argument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsExternal()) return nullptr;
  if (auto group = info[index].As<Napi::External<std::weak_ptr<ProcessGroup>>>().Data()->lock()) return group;
  throw Error(ProcessGroup::lost, "This process has left those that it trained with.");
}

}  // namespace dcgan
