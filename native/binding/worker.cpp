#include "worker.h"

#include <exception>
#include <utility>

#include "failure.h"

namespace dcgan {

struct Worker::Job {
  Work work;
  napi_deferred deferred;
  napi_ref owner;
  Result result;
  Failure failure;
};

void WorkerRegistry::install(Napi::Env env) {
  env.SetInstanceData(new WorkerRegistry);
  // A worker thread's environment ends without the process.
  env.AddCleanupHook([registry = &of(env)] { registry->stop_and_join(); });
  // In the main thread libtorch's destructors run before the clean-up hooks; only this event comes in time.
  // It is registered here, not in TypeScript, because a test runner may replace the `process` that scripts
  // see.
  auto process = env.Global().Get("process").As<Napi::Object>();
  const auto on_exit =
      Napi::Function::New(env, [](const Napi::CallbackInfo& info) { of(info.Env()).stop_and_join(); });
  process.Get("once").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), on_exit});
}

WorkerRegistry& WorkerRegistry::of(Napi::Env env) { return *env.GetInstanceData<WorkerRegistry>(); }

void WorkerRegistry::add(std::shared_ptr<Worker> worker) { workers_.insert(std::move(worker)); }

void WorkerRegistry::remove(Worker* worker) {
  std::erase_if(workers_, [&](const auto& held) { return held.get() == worker; });
}

void WorkerRegistry::stop_and_join() {
  for (const auto& worker : workers_) worker->close();
  for (const auto& worker : workers_) worker->join();
}

std::shared_ptr<Worker> Worker::start(Napi::Env env, std::function<void()> cleanup) {
  auto worker = std::make_shared<Worker>();
  worker->cleanup_ = std::move(cleanup);
  const auto name = Napi::String::New(env, "dcgan-native");
  const auto status =
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, worker.get(), &Worker::finalise,
                                      worker.get(), &Worker::settle, &worker->channel_);
  if (status != napi_ok) throw_error(env, {"ERR_NATIVE", "Node could not make a thread-safe function."});
  napi_unref_threadsafe_function(env, worker->channel_);
  worker->thread_ = std::thread([raw = worker.get()] { raw->loop(); });
  WorkerRegistry::of(env).add(worker);
  return worker;
}

Napi::Value Worker::submit(Napi::Object owner, Work work) {
  const Napi::Env env = owner.Env();
  const std::lock_guard lock(mutex_);
  if (closed_) throw_error(env, {"ERR_DISPOSED", "This object was disposed of; make a new one."});
  auto job = std::make_unique<Job>(Job{std::move(work), nullptr, nullptr, {}, {}});
  napi_value promise;
  if (napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_create_reference(env, owner, 1, &job->owner) != napi_ok) {
    throw_error(env, {"ERR_NATIVE", "Node could not make a promise."});
  }
  if (pending_++ == 0) napi_ref_threadsafe_function(env, channel_);
  jobs_.push_back(job.release());
  wake_.notify_one();
  return {env, promise};
}

void Worker::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  stop = true;
  wake_.notify_one();
}

void Worker::clear_stop() {
  const std::lock_guard lock(mutex_);
  if (!closed_) stop = false;
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::loop() {
  for (;;) {
    Job* job = nullptr;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closed_ || !jobs_.empty(); });
      if (jobs_.empty()) break;
      job = jobs_.front();
      jobs_.pop_front();
      if (closed_)
        job->failure = {"ERR_DISPOSED", "The object was disposed of before this call had its turn."};
    }
    if (job->failure.code.empty()) {
      try {
        job->result = job->work();
      } catch (...) {
        job->failure = describe(std::current_exception());
      }
    }
    job->work = nullptr;
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

/**
 * On the JavaScript thread. The environment may be closing, so every call is a plain one and a failure is
 * ignored: node-addon-api's wrappers would abort the process.
 */
void Worker::settle(napi_env env, napi_value, void* context, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  if (env == nullptr) return;
  auto* worker = static_cast<Worker*>(context);
  if (--worker->pending_ == 0) napi_unref_threadsafe_function(env, worker->channel_);
  napi_value value = nullptr;
  if (job->failure.code.empty()) value = job->result(env);
  if (value != nullptr) {
    napi_resolve_deferred(env, job->deferred, value);
  } else {
    if (job->failure.code.empty())
      job->failure = {"ERR_OUT_OF_MEMORY", "Node could not allocate the result."};
    bool exception = false;
    if (napi_is_exception_pending(env, &exception) == napi_ok && exception) {
      napi_get_and_clear_last_exception(env, &value);
    }
    napi_value code, sentence, error;
    if (napi_create_string_utf8(env, job->failure.code.c_str(), NAPI_AUTO_LENGTH, &code) == napi_ok &&
        napi_create_string_utf8(env, job->failure.sentence.c_str(), NAPI_AUTO_LENGTH, &sentence) == napi_ok &&
        napi_create_error(env, code, sentence, &error) == napi_ok) {
      napi_reject_deferred(env, job->deferred, error);
    }
  }
  napi_delete_reference(env, job->owner);
}

/** On the JavaScript thread, when nothing can be delivered any more. The thread is at its end, or will be
 * joined. */
void Worker::finalise(napi_env env, void* data, void*) {
  auto* worker = static_cast<Worker*>(data);
  worker->close();
  worker->join();
  WorkerRegistry::of(env).remove(worker);
}

}  // namespace dcgan
