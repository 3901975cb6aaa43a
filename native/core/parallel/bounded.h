#pragma once

#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <utility>

namespace dcgan {

/**
 * What `ask` gives, or nothing when it takes longer than `limit`: a store of c10d whose machine is gone may
 * never answer. Then a thread stays behind that waits for it, so `ask` owns whatever it uses. `look` is
 * called meanwhile, and may throw.
 */
template <typename Ask, typename Look>
auto bounded(Ask ask, std::chrono::milliseconds limit, const Look& look) -> std::optional<decltype(ask())> {
  std::packaged_task<decltype(ask())()> task(std::move(ask));
  auto answer = task.get_future();
  std::thread(std::move(task)).detach();
  const auto end = std::chrono::steady_clock::now() + limit;
  while (answer.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
    look();
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
  }
  return answer.get();
}

}  // namespace dcgan
