#pragma once

#include <c10/core/InferenceMode.h>

#include <memory>
#include <string>
#include <utility>

#include "../core/error.h"
#include "../core/network/recipe.h"
#include "../core/threads.h"
#include "arguments.h"
#include "worker_object.h"

namespace dcgan {

/**
 * An object that computes for another one: `new (options, worker?)`, on the worker that another object has
 * given, in turn with whose it is, or on one of its own. `Owned` is what its jobs share, made on the worker's
 * thread, and freed there but where the worker is another object's.
 */
template <typename T, typename Owned>
class GuestObject : public WorkerObject<T> {
 protected:
  explicit GuestObject(const Napi::CallbackInfo& info)
      : WorkerObject<T>(info),
        options_(coded(info.Env(), [&] { return options_argument(info, 0); })),
        image_numbers_(Recipe(options_).image_numbers()),
        owned_(coded(info.Env(), [] { return std::make_shared<Owned>(); })) {
    if (info[1].IsExternal()) {
      this->share(*info[1].As<Napi::External<std::shared_ptr<Worker>>>().Data());
    } else {
      this->start(info.Env(), [owned = owned_] { *owned = {}; });
    }
  }

  /** A job that is given what they share. */
  template <typename F>
  Napi::Value submit(const Napi::CallbackInfo& info, F work) {
    return this->worker().submit(
        info.This().As<Napi::Object>(),
        [owned = owned_, threads = options_.threads, work = std::move(work)]() mutable -> Worker::Result {
          const c10::InferenceMode inference;
          use_threads(threads);
          return work(*owned);
        });
  }

  const Options options_;
  /** Numbers of an image. */
  const int64_t image_numbers_;

 private:
  const std::shared_ptr<Owned> owned_;
};

/** @throws ERR_NATIVE where a call that comes before was left out. */
template <typename T>
T& made(const std::unique_ptr<T>& part, const char* before) {
  if (part) return *part;
  throw Error("ERR_NATIVE", std::string(before) + " comes before this call.");
}

}  // namespace dcgan
