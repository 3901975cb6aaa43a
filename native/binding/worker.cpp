#include "worker.h"

#include <exception>
#include <utility>

#include "../core/caching_allocator.h"
#include "../core/threads.h"
#include "failure.h"

namespace dcgan {

struct Worker::Job {
  Work work;
  napi_deferred deferred = nullptr;
  napi_ref owner = nullptr, output = nullptr;
  Result result = nullptr;
  Failure failure = {};
  /** Bytes on the thread's account after the job. */
  int64_t memory = 0;
};

namespace {

thread_local std::shared_ptr<WorkerRegistry> registry_here;

void stop_workers_here(void*) {
  if (registry_here) registry_here->stop_and_join();
}

/** The error of JavaScript that a failed call has left is replaced by ours. */
void forget_exception(napi_env env) {
  bool pending = false;
  napi_value ignored;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
    napi_get_and_clear_last_exception(env, &ignored);
  }
}

void release(napi_env env, napi_ref reference) {
  if (reference != nullptr) napi_delete_reference(env, reference);
}

}  // namespace

void WorkerRegistry::install(Napi::Env env) {
  if (registry_here) return;
  registry_here = std::make_shared<WorkerRegistry>();
  // A worker thread's environment ends without the process. An embedder may open another one on its thread.
  napi_add_env_cleanup_hook(
      env,
      [](void*) {
        stop_workers_here(nullptr);
        registry_here.reset();
      },
      nullptr);
  // In the main thread libtorch's destructors run before the clean-up hooks; only this event comes in time.
  // It is registered here, not in TypeScript, because a test runner may replace the `process` that scripts
  // see.
  auto process = env.Global().Get("process").As<Napi::Object>();
  const auto on_exit =
      Napi::Function::New(env, [](const Napi::CallbackInfo&) { stop_workers_here(nullptr); });
  process.Get("once").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), on_exit});
}

std::shared_ptr<WorkerRegistry> WorkerRegistry::here() { return registry_here; }

void WorkerRegistry::add(std::shared_ptr<Worker> worker) { workers_.insert(std::move(worker)); }

void WorkerRegistry::remove(Worker* worker) {
  std::erase_if(workers_, [&](const auto& held) { return held.get() == worker; });
}

void WorkerRegistry::stop_and_join() {
  for (const auto& worker : workers_) worker->close();
  for (const auto& worker : workers_) worker->join();
}

std::shared_ptr<Worker> Worker::start(Napi::Env env, std::function<void()> cleanup,
                                      std::function<void()> interrupt) {
  auto worker = std::make_shared<Worker>();
  worker->cleanup_ = std::move(cleanup);
  worker->interrupt_ = std::move(interrupt);
  worker->registry_ = WorkerRegistry::here();
  if (!worker->registry_) throw_error(env, {"ERR_NATIVE", "This JavaScript environment is closing."});
  const auto name = Napi::String::New(env, "dcgan-native");
  // The registry holds the worker until `finalise`, so that the channel never outlives it.
  worker->registry_->add(worker);
  const auto status =
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, worker.get(), &Worker::finalise,
                                      worker.get(), &Worker::settle, &worker->channel_);
  if (status != napi_ok) {
    worker->registry_->remove(worker.get());
    throw_error(env, {"ERR_NATIVE", "Node could not make a thread-safe function."});
  }
  napi_unref_threadsafe_function(env, worker->channel_);
  try {
    worker->thread_ = std::thread([raw = worker.get()] { raw->loop(); });
  } catch (...) {
    // There is no thread that would let go of the channel.
    napi_release_threadsafe_function(worker->channel_, napi_tsfn_release);
    try {
      throw;
    } catch (const std::system_error& refusal) {
      throw thread_refused(refusal);
    }
  }
  return worker;
}

Napi::Value Worker::submit(Napi::Object owner, Work work, napi_value output) {
  const Napi::Env env = owner.Env();
  const std::lock_guard lock(mutex_);
  if (closed_) throw_error(env, {"ERR_DISPOSED", "This object was disposed of; make a new one."});
  auto job = std::make_unique<Job>(Job{std::move(work)});
  napi_value promise;
  if (napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_create_reference(env, owner, 1, &job->owner) != napi_ok ||
      (output != nullptr && napi_create_reference(env, output, 1, &job->output) != napi_ok)) {
    throw_error(env, {"ERR_NATIVE", "Node could not make a promise."});
  }
  jobs_.push_back(job.get());
  job.release();
  if (pending_++ == 0) napi_ref_threadsafe_function(env, channel_);
  wake_.notify_one();
  return {env, promise};
}

void Worker::close() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  stop = true;
  wake_.notify_one();
  if (interrupt_) interrupt_();
}

void Worker::clear_stop() {
  const std::lock_guard lock(mutex_);
  if (!closed_) stop = false;
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::loop() {
  for (bool opened = false;;) {
    Job* job = nullptr;
    bool refused = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closed_ || !jobs_.empty(); });
      if (jobs_.empty()) break;
      job = jobs_.front();
      jobs_.pop_front();
      refused = closed_;
    }
    try {
      if (refused) throw Error("ERR_DISPOSED", "The object was disposed of before this call had its turn.");
      if (!opened) open_memory_account();
      opened = true;
      job->result = job->work();
    } catch (...) {
      job->failure = describe(std::current_exception());
    }
    job->work = nullptr;
    job->memory = accounted_memory();
    deliver(job);
  }
  cleanup_();
  if (!channel_lost_) napi_release_threadsafe_function(channel_, napi_tsfn_release);
}

void Worker::deliver(Job* job) {
  if (!channel_lost_ && napi_call_threadsafe_function(channel_, job, napi_tsfn_nonblocking) == napi_ok)
    return;
  channel_lost_ = true;
  delete job;
}

/** V8 collects garbage by how much memory it knows of: an object of a few bytes may hold a trainer's. */
void Worker::tell(napi_env env, int64_t bytes) {
  int64_t all = 0;
  if (bytes != told_ && napi_adjust_external_memory(env, bytes - told_, &all) == napi_ok) told_ = bytes;
}

/**
 * On the JavaScript thread. The environment may be closing, so every call is a plain one and a failure is
 * ignored: node-addon-api's wrappers would abort the process.
 */
void Worker::settle(napi_env env, napi_value, void* context, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  if (env == nullptr) return;
  auto* worker = static_cast<Worker*>(context);
  worker->tell(env, job->memory);
  if (--worker->pending_ == 0) napi_unref_threadsafe_function(env, worker->channel_);
  napi_value value = nullptr;
  if (job->failure.code == nullptr) {
    try {
      if (job->result) {
        value = job->result(env);
      } else if (job->output != nullptr) {
        napi_get_reference_value(env, job->output, &value);
      } else {
        napi_get_undefined(env, &value);
      }
      if (value == nullptr) job->failure = {"ERR_OUT_OF_MEMORY", {}};
    } catch (...) {
      job->failure = describe(std::current_exception());
    }
  }
  forget_exception(env);
  if (job->failure.code == nullptr) {
    napi_resolve_deferred(env, job->deferred, value);
  } else if (const auto error = error_of(env, job->failure); error != nullptr) {
    napi_reject_deferred(env, job->deferred, error);
  }
  release(env, job->owner);
  release(env, job->output);
}

/** On the JavaScript thread, when nothing can be delivered any more. The thread is at its end, or will be
 * joined. */
void Worker::finalise(napi_env env, void* data, void*) {
  auto* worker = static_cast<Worker*>(data);
  worker->close();
  worker->join();
  worker->tell(env, 0);
  // The registry's is the last hold on the worker, and the worker's on the registry.
  const auto registry = worker->registry_;
  registry->remove(worker);
}

}  // namespace dcgan
