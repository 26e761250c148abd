//! What the process's control groups leave of the memory: containers, Slurm and systemd limit a job so.
//!
//! A limit of any ancestor counts as well (Slurm sets that of a job above its steps), so all of them are read. Of the usage
//! the inactive pages of files are taken off, as Kubernetes does for a container's working set: the kernel gives these back
//! before it refuses memory.

use std::path::{Path, PathBuf};

/// The groups that a process belongs to, a line for each hierarchy: `cgroups(7)`.
const GROUPS: &str = "/proc/self/cgroup";

/// Where a version of control groups keeps its figures, in bytes.
struct Version {
    mount: &'static str,
    /// A number, or `max` for none.
    limit: &'static str,
    usage: &'static str,
    /// The inactive pages of files in `memory.stat`, those of the groups below included.
    reclaimable: &'static str,
}

const VERSION_1: Version = Version {
    mount: "/sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
};

const VERSION_2: Version =
    Version { mount: "/sys/fs/cgroup", limit: "memory.max", usage: "memory.current", reclaimable: "inactive_file" };

/// Bytes that the tightest group of this process leaves, at least 0; `None` without a limit. `read` gives a file's text, or
/// `None` if it cannot be read.
pub(crate) fn bytes_left(read: impl Fn(&Path) -> Option<String>) -> Option<f64> {
    let groups = read(Path::new(GROUPS))?;
    let left = groups.lines().filter_map(memory_group).flat_map(|(version, group)| {
        // In a container that has its own view of the mount but the host's of the paths, only the last, the root, exists.
        let folders: Vec<PathBuf> = group.ancestors().map(|path| below(version.mount, path)).collect();
        let read = &read;
        folders.into_iter().filter_map(move |folder| bytes_left_in(version, &folder, read))
    });
    left.reduce(f64::min)
}

/// The group of a line of [`GROUPS`], `number:controllers:path`, if it is one that limits memory.
fn memory_group(line: &str) -> Option<(&'static Version, &Path)> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let version = if controllers.is_empty() {
        &VERSION_2
    } else if controllers.split(',').any(|controller| controller == "memory") {
        &VERSION_1
    } else {
        return None;
    };
    Some((version, Path::new(path)))
}

fn below(mount: &str, group: &Path) -> PathBuf {
    Path::new(mount).join(group.strip_prefix("/").unwrap_or(group))
}

fn bytes_left_in(version: &Version, folder: &Path, read: &impl Fn(&Path) -> Option<String>) -> Option<f64> {
    let number = |file: &str| read(&folder.join(file))?.trim().parse::<f64>().ok();
    let limit = number(version.limit)?;
    let usage = number(version.usage).unwrap_or(0.0);
    let statistics = read(&folder.join("memory.stat")).unwrap_or_default();
    let reclaimable = statistics.lines().find_map(|line| line.strip_prefix(version.reclaimable)?.trim().parse().ok());
    Some((limit - (usage - reclaimable.unwrap_or(0.0)).max(0.0)).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::bytes_left;

    /// The files that there are, and the bytes left.
    type Case = (&'static str, &'static [(&'static str, &'static str)], Option<f64>);

    const CASES: [Case; 12] = [
        ("no control groups", &[], None),
        ("no limit", &[("/proc/self/cgroup", "0::/\n"), ("/sys/fs/cgroup/memory.max", "max\n")], None),
        (
            "a container",
            &[
                ("/proc/self/cgroup", "0::/\n"),
                ("/sys/fs/cgroup/memory.max", "1000\n"),
                ("/sys/fs/cgroup/memory.current", "300\n"),
            ],
            Some(700.0),
        ),
        (
            "pages of files are given back",
            &[
                ("/proc/self/cgroup", "0::/\n"),
                ("/sys/fs/cgroup/memory.max", "1000\n"),
                ("/sys/fs/cgroup/memory.current", "900\n"),
                ("/sys/fs/cgroup/memory.stat", "anon 100\nactive_file 50\ninactive_file 750\n"),
            ],
            Some(850.0),
        ),
        (
            "full",
            &[
                ("/proc/self/cgroup", "0::/\n"),
                ("/sys/fs/cgroup/memory.max", "1000\n"),
                ("/sys/fs/cgroup/memory.current", "1200\n"),
            ],
            Some(0.0),
        ),
        ("usage unknown", &[("/proc/self/cgroup", "0::/\n"), ("/sys/fs/cgroup/memory.max", "1000\n")], Some(1000.0)),
        (
            "Slurm's limit of a job, above its step",
            &[
                ("/proc/self/cgroup", "0::/system.slice/job_7/step_0\n"),
                ("/sys/fs/cgroup/system.slice/job_7/step_0/memory.max", "max\n"),
                ("/sys/fs/cgroup/system.slice/job_7/memory.max", "5000\n"),
                ("/sys/fs/cgroup/system.slice/job_7/memory.current", "1000\n"),
                ("/sys/fs/cgroup/system.slice/memory.max", "9000\n"),
            ],
            Some(4000.0),
        ),
        (
            "the tightest of several",
            &[
                ("/proc/self/cgroup", "0::/a/b\n"),
                ("/sys/fs/cgroup/a/b/memory.max", "5000\n"),
                ("/sys/fs/cgroup/a/memory.max", "6000\n"),
                ("/sys/fs/cgroup/a/memory.current", "4000\n"),
            ],
            Some(2000.0),
        ),
        (
            "version 1, where the limit is never a word",
            &[
                ("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/ab\n1:name=systemd:/memory\n"),
                ("/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "2000\n"),
                ("/sys/fs/cgroup/memory/docker/ab/memory.usage_in_bytes", "1500\n"),
                ("/sys/fs/cgroup/memory/docker/ab/memory.stat", "inactive_file 1\ntotal_inactive_file 600\n"),
                ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ],
            Some(1100.0),
        ),
        (
            "both, with memory in version 1",
            &[
                ("/proc/self/cgroup", "3:hugetlb,memory:/job\n0::/job\n"),
                ("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "800\n"),
            ],
            Some(800.0),
        ),
        (
            "the host's path inside a container",
            &[("/proc/self/cgroup", "0::/docker/not-here\n"), ("/sys/fs/cgroup/memory.max", "400\n")],
            Some(400.0),
        ),
        ("nonsense", &[("/proc/self/cgroup", "\n::\nmemory\n0::/\n"), ("/sys/fs/cgroup/memory.max", "much\n")], None),
    ];

    #[test]
    fn the_tightest_group_counts() {
        for (name, files, expected) in CASES {
            let read = |path: &std::path::Path| {
                let found = files.iter().find(|(file, _)| path == std::path::Path::new(file));
                found.map(|(_, text)| (*text).to_owned())
            };
            assert_eq!(bytes_left(read), expected, "{name}");
        }
    }
}
