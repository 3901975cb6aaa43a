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
    if (worker_) worker_->close();
  }

 protected:
  using Object = WorkerObject<T>;
  using Method = Napi::Value (T::*)(const Napi::CallbackInfo&);

  explicit WorkerObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {}

  /** `cleanup` runs on the worker's thread, after its last job. */
  template <typename F>
  void start(Napi::Env env, F cleanup) {
    worker_ = coded(env, [&] { return Worker::start(env, std::move(cleanup)); });
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
    worker_->close();
    return info.Env().Undefined();
  }

  std::shared_ptr<Worker> worker_;
};

}  // namespace dcgan
