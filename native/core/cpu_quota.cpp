#include "cpu_quota.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace dcgan {
namespace {

/** Where the groups of one hierarchy lie, and which of them the mount point shows: all of it, or a part. */
struct Mount {
  std::string root, point;
};

/** Whether a list such as "cpu,cpuacct" names `word`. */
bool names(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

/** The mount of version 2, or that of version 1 with the controller `cpu`. */
std::optional<Mount> find_mount(const std::string& root, bool second) {
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    // 41 31 0:38 ROOT POINT rw,relatime … - TYPE SOURCE OPTIONS
    std::istringstream words(line);
    std::string id, parent, device, type, source, options;
    Mount mount;
    words >> id >> parent >> device >> mount.root >> mount.point;
    for (std::string word; words >> word && word != "-";);
    words >> type >> source >> options;
    if (second ? type == "cgroup2" : type == "cgroup" && names(options, "cpu")) return mount;
  }
  return std::nullopt;
}

/** The group of this process, as a path in its hierarchy. */
std::optional<std::string> find_group(const std::string& root, bool second) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // "0::/a/b" in version 2, "2:cpu,cpuacct:/a/b" in version 1
    const auto first = line.find(':'), last = line.find(':', first + 1);
    if (first == std::string::npos || last == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, last - first - 1);
    if (second ? controllers.empty() : names(controllers, "cpu")) return line.substr(last + 1);
  }
  return std::nullopt;
}

/** "150000 100000": microseconds in each period; "max" or -1 is none. */
std::optional<double> ratio(const std::string& numbers) {
  std::istringstream words(numbers);
  double quota = 0, period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<double> quota_of(const std::string& group, bool second) {
  if (second) return ratio(first_line(group + "/cpu.max"));
  return ratio(first_line(group + "/cpu.cfs_quota_us") + " " + first_line(group + "/cpu.cfs_period_us"));
}

std::optional<double> least(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::min(a, b) : a ? a : b;
}

std::optional<double> quota_in_hierarchy(const std::string& root, bool second) {
  const auto mount = find_mount(root, second);
  const auto group = find_group(root, second);
  if (!mount || !group) return std::nullopt;
  // A container often sees only its own part of the hierarchy, and then the mount point is its group.
  const std::string shown = mount->root == "/" ? "" : mount->root;
  const bool inside = group->starts_with(shown + "/") && group->find("/..") == std::string::npos;
  std::string below = inside ? group->substr(shown.size()) : "";
  std::optional<double> quota;
  for (;; below.resize(below.rfind('/'))) {
    while (below.ends_with('/')) below.pop_back();
    quota = least(quota, quota_of(root + mount->point + below, second));
    if (below.empty()) return quota;
  }
}

}  // namespace

std::optional<double> cpu_quota(const std::string& root) {
  return least(quota_in_hierarchy(root, true), quota_in_hierarchy(root, false));
}

}  // namespace dcgan
