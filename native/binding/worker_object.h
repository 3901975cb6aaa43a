#pragma once

#include <memory>
#include <utility>

#include "failure.h"
#include "worker.h"

namespace dcgan {

/** A JavaScript object with a worker: its calls are jobs, and the worker goes when it is disposed of or
 * collected. */
template <typename T>
class WorkerObject : public Napi::ObjectWrap<T> {
 public:
  ~WorkerObject() override {
    if (worker_ && !shares_) worker_->close();
  }

 protected:
  using Object = WorkerObject<T>;
  using Method = Napi::Value (T::*)(const Napi::CallbackInfo&);

  explicit WorkerObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {}

  /** `cleanup` runs on the worker's thread, after its last job; `interrupt` as for a worker. */
  template <typename F>
  void start(Napi::Env env, F cleanup, std::function<void()> interrupt = {}) {
    worker_ = coded(env, [&] { return Worker::start(env, std::move(cleanup), std::move(interrupt)); });
  }

  /** The worker of another object, which closes it, in place of one of its own. */
  void share(std::shared_ptr<Worker> worker) {
    worker_ = std::move(worker);
    shares_ = true;
  }

  /** A method for JavaScript that gives the worker to an object that is to share it. */
  static Napi::ClassPropertyDescriptor<T> worker_method() {
    return Napi::ObjectWrap<T>::InstanceMethod("worker", static_cast<Method>(&Object::give_worker));
  }

  /** A method for JavaScript, whose exceptions all have codes. */
  template <Method Called>
  static Napi::ClassPropertyDescriptor<T> method(const char* name) {
    return Napi::ObjectWrap<T>::InstanceMethod(name, static_cast<Method>(&Object::template call<Called>));
  }

  static Napi::ClassPropertyDescriptor<T> dispose_method() {
    return Napi::ObjectWrap<T>::InstanceMethod("dispose", static_cast<Method>(&Object::dispose));
  }

  Worker& worker() { return *worker_; }

 private:
  template <Method Called>
  Napi::Value call(const Napi::CallbackInfo& info) {
    return coded(info.Env(), [&] { return (static_cast<T*>(this)->*Called)(info); });
  }

  Napi::Value dispose(const Napi::CallbackInfo& info) {
    if (!shares_) worker_->close();
    return info.Env().Undefined();
  }

  Napi::Value give_worker(const Napi::CallbackInfo& info) {
    return Napi::External<std::shared_ptr<Worker>>::New(
        info.Env(), new std::shared_ptr<Worker>(worker_),
        [](Napi::Env, std::shared_ptr<Worker>* held) { delete held; });
  }

  std::shared_ptr<Worker> worker_;
  bool shares_ = false;
};

}  // namespace dcgan
