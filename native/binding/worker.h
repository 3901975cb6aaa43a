#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "napi_setup.h"

namespace dcgan {

class Worker;

/**
 * The workers of one JavaScript thread. When its environment or the process ends they are stopped and joined
 * first: libtorch's static destructors must not run under a thread that computes.
 */
class WorkerRegistry {
 public:
  /**
   * Makes the calling thread's registry and hooks it to the end of the environment and of the process. Once:
   * Node has a napi_env for each module that loads the core, and a test runner loads it for every file, but
   * the thread and its environment are one.
   */
  static void install(Napi::Env env);
  /** The calling thread's. */
  static std::shared_ptr<WorkerRegistry> here();

  void add(std::shared_ptr<Worker> worker);
  void remove(Worker* worker);
  void stop_and_join();

 private:
  std::set<std::shared_ptr<Worker>> workers_;
};

/** One thread with a queue of jobs, whose promises are settled on the JavaScript thread. */
class Worker {
 public:
  /** Makes a job's result on the JavaScript thread. */
  using Result = std::function<napi_value(napi_env)>;
  /** Runs on the worker's thread; what it throws rejects the promise. */
  using Work = std::function<Result()>;

  /**
   * `cleanup` runs on the thread after the last job: it frees what the jobs used. `interrupt` runs when the
   * worker is closed, on another thread than a job: it ends what a job waits for. Throws a JavaScript error,
   * ERR_THREADS when the system refuses the thread.
   */
  static std::shared_ptr<Worker> start(Napi::Env env, std::function<void()> cleanup,
                                       std::function<void()> interrupt = {});

  /**
   * Queues a job. `owner` and the event loop stay alive until the promise is settled; so does `output`, which
   * the promise resolves to when the work gives no result of its own.
   */
  Napi::Value submit(Napi::Object owner, Work work, napi_value output = nullptr);

  /** No more jobs: those that wait are refused with ERR_DISPOSED, the thread ends after the current one. */
  void close();
  void join();

  /** Looked at by long jobs. Set by close() for good; whoever queues a long job calls clear_stop() first. */
  std::atomic<bool> stop = false;
  void clear_stop();

 private:
  struct Job;

  static void settle(napi_env env, napi_value, void* context, void* data);
  static void finalise(napi_env env, void* data, void* context);
  void loop();
  void deliver(Job* job);
  void tell(napi_env env, int64_t bytes);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> jobs_;
  bool closed_ = false;
  std::function<void()> cleanup_, interrupt_;
  std::thread thread_;
  std::shared_ptr<WorkerRegistry> registry_;
  napi_threadsafe_function channel_ = nullptr;
  /** The environment is closing: the channel must not be touched again. Only the thread looks at it. */
  bool channel_lost_ = false;
  /** Jobs not yet settled; only the JavaScript thread looks at it. */
  int pending_ = 0;
  /** Bytes of the thread's memory that V8 knows of; only the JavaScript thread looks at it. */
  int64_t told_ = 0;
};

}  // namespace dcgan
