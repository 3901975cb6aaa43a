/**
 * The worker's queue and the allocator under the thread sanitizer, without Node: what they call of N-API is
 * stood for by a channel that the main thread empties. Node itself is not instrumented, and its own threads
 * would hide what ours do.
 */
#include <c10/core/CPUAllocator.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <new>

#include "../../native/binding/worker.h"
#include "../../native/core/caching_allocator.h"

namespace {

/** What napi_create_threadsafe_function makes. */
struct Channel {
  std::mutex mutex;
  std::deque<void*> data;
  bool released = false;
  napi_threadsafe_function_call_js call;
  void* context;
  napi_finalize finalise;
  void* finalise_data;
};

std::deque<Channel*> channels;
int64_t promises = 0, settled = 0;

Channel* channel_of(napi_threadsafe_function function) { return reinterpret_cast<Channel*>(function); }

template <typename T>
T dummy() {
  return reinterpret_cast<T>(uintptr_t{16});
}

/** A turn of the event loop. */
void turn() {
  for (size_t i = channels.size(); i-- > 0;) {
    Channel* channel = channels.front();
    channels.pop_front();
    std::deque<void*> data;
    bool released;
    {
      const std::lock_guard lock(channel->mutex);
      data.swap(channel->data);
      released = channel->released;
    }
    for (void* each : data) channel->call(dummy<napi_env>(), nullptr, channel->context, each);
    if (released) {
      channel->finalise(dummy<napi_env>(), channel->finalise_data, nullptr);
      delete channel;
    } else {
      channels.push_back(channel);
    }
  }
}

}  // namespace

extern "C" {

napi_status napi_create_threadsafe_function(napi_env, napi_value, napi_value, napi_value, size_t, size_t,
                                            void* finalise_data, napi_finalize finalise, void* context,
                                            napi_threadsafe_function_call_js call,
                                            napi_threadsafe_function* result) {
  auto* channel = new Channel;
  channel->call = call, channel->context = context;
  channel->finalise = finalise, channel->finalise_data = finalise_data;
  channels.push_back(channel);
  *result = reinterpret_cast<napi_threadsafe_function>(channel);
  return napi_ok;
}

napi_status napi_call_threadsafe_function(napi_threadsafe_function function, void* data,
                                          napi_threadsafe_function_call_mode) {
  const std::lock_guard lock(channel_of(function)->mutex);
  channel_of(function)->data.push_back(data);
  return napi_ok;
}

napi_status napi_release_threadsafe_function(napi_threadsafe_function function,
                                             napi_threadsafe_function_release_mode) {
  const std::lock_guard lock(channel_of(function)->mutex);
  channel_of(function)->released = true;
  return napi_ok;
}

napi_status napi_create_promise(napi_env, napi_deferred* deferred, napi_value* promise) {
  ++promises;
  *deferred = dummy<napi_deferred>();
  *promise = dummy<napi_value>();
  return napi_ok;
}

napi_status napi_resolve_deferred(napi_env, napi_deferred, napi_value) { return ++settled, napi_ok; }
napi_status napi_reject_deferred(napi_env, napi_deferred, napi_value) { return ++settled, napi_ok; }

napi_status napi_create_reference(napi_env, napi_value, uint32_t, napi_ref* reference) {
  *reference = dummy<napi_ref>();
  return napi_ok;
}

napi_status napi_create_string_utf8(napi_env, const char*, size_t, napi_value* value) {
  *value = dummy<napi_value>();
  return napi_ok;
}

napi_status napi_create_error(napi_env, napi_value, napi_value, napi_value* error) {
  *error = dummy<napi_value>();
  return napi_ok;
}

napi_status napi_get_undefined(napi_env, napi_value* value) {
  *value = dummy<napi_value>();
  return napi_ok;
}

napi_status napi_is_exception_pending(napi_env, bool* pending) {
  *pending = false;
  return napi_ok;
}

// Of WorkerRegistry::install.
napi_status napi_get_global(napi_env, napi_value* value) { return *value = dummy<napi_value>(), napi_ok; }
napi_status napi_get_named_property(napi_env, napi_value, const char*, napi_value* value) {
  return *value = dummy<napi_value>(), napi_ok;
}
napi_status napi_create_function(napi_env, const char*, size_t, napi_callback, void*, napi_value* value) {
  return *value = dummy<napi_value>(), napi_ok;
}
napi_status napi_call_function(napi_env, napi_value, napi_value, size_t, const napi_value*,
                               napi_value* value) {
  return *value = dummy<napi_value>(), napi_ok;
}
napi_status napi_add_finalizer(napi_env, napi_value, void*, napi_finalize, void*, napi_ref*) {
  return napi_ok;
}
napi_status napi_add_env_cleanup_hook(napi_env, void (*)(void*), void*) { return napi_ok; }

napi_status napi_adjust_external_memory(napi_env, int64_t, int64_t*) { return napi_ok; }
napi_status napi_delete_reference(napi_env, napi_ref) { return napi_ok; }
napi_status napi_ref_threadsafe_function(napi_env, napi_threadsafe_function) { return napi_ok; }
napi_status napi_unref_threadsafe_function(napi_env, napi_threadsafe_function) { return napi_ok; }

}  // extern "C"

namespace {

/** A job that takes memory and gives it back, some of it to be freed by another job. */
dcgan::Worker::Result work(dcgan::Worker& worker, int number, std::shared_ptr<c10::DataPtr> kept) {
  auto* allocator = c10::GetCPUAllocator();
  std::array<c10::DataPtr, 4> blocks;
  for (size_t i = 0; i < blocks.size(); ++i) blocks[i] = allocator->allocate((number % 7 + i + 1) * 1000);
  *kept = allocator->allocate(5000);
  static_cast<int*>(kept->get())[0] = number;
  if (number % 11 == 0) throw std::bad_alloc();
  for (int i = 0; i < 100 && !worker.stop; ++i) static_cast<char*>(blocks[0].get())[i] = 1;
  return nullptr;
}

void stress(int round) {
  std::array<std::shared_ptr<dcgan::Worker>, 6> workers;
  std::array<std::shared_ptr<c10::DataPtr>, 6> kept;
  const Napi::Object owner(dummy<napi_env>(), dummy<napi_value>());
  for (size_t i = 0; i < workers.size(); ++i) {
    kept[i] = std::make_shared<c10::DataPtr>();
    workers[i] = dcgan::Worker::start(dummy<napi_env>(), [last = kept[i]] { last->clear(); });
  }
  for (int job = 0; job < 40; ++job) {
    for (size_t i = 0; i < workers.size(); ++i) {
      workers[i]->clear_stop();
      workers[i]->submit(
          owner, [&worker = *workers[i], job, memory = kept[i]] { return work(worker, job, memory); });
      if (job % 5 == 0) workers[(i + 1) % workers.size()]->stop = true;
    }
    turn();
  }
  // Some with jobs that wait, some after all of theirs.
  for (size_t i = 0; i < workers.size(); ++i) {
    while (round % 2 == 0 && i % 2 == 0 && settled < promises) turn();
    workers[i]->close();
  }
  while (!channels.empty()) turn();
}

}  // namespace

int main() {
  dcgan::install_caching_allocator();
  dcgan::WorkerRegistry::install(dummy<napi_env>());
  for (int round = 0; round < 50; ++round) stress(round);
  std::printf("%lld promises, %lld settled\n", static_cast<long long>(promises),
              static_cast<long long>(settled));
  return promises == settled ? EXIT_SUCCESS : EXIT_FAILURE;
}
