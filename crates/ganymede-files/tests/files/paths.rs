//! What stands at a path, as the system sees it.

use crate::bytes::points;
use crate::{check_error, read_labels, read_samples};

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("samples.npy", &points());
    put("samples.txt", b"1,2\n");
    put("samples", b"1,2\n");
    std::fs::create_dir(folder.path().join("folder.npy")).unwrap();
    let cases: &[(&str, &str)] = &[
        ("missing.npy", "no such file or folder; relative paths start at the current folder"),
        ("missing", "no such file or folder"),
        ("samples.npy/more.npy", "no such file or folder"),
        ("missing.npz:key", "no such file or folder"),
        ("samples.npy:key", "no such file or folder"),
        (
            "samples.txt",
            "unknown kind of file; expected the path of an .npy, .npz, .csv, .tsv, .safetensors, IDX or CIFAR .bin file, or of a folder",
        ),
        ("samples", "unknown kind of file"),
        ("folder.npy", "holds no pictures"),
    ];
    for (name, part) in cases {
        let path = folder.path().join(name);
        check_error(name, read_samples(&path), &path, &[part]);
    }
}

#[cfg(unix)]
#[test]
fn paths_that_the_system_refuses_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink("loop.npy", at("loop.npy")).unwrap();
    symlink("nothing.npy", at("dangling.npy")).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo.npy")).status().unwrap().success());
    let _socket = UnixListener::bind(at("socket.npz")).unwrap();
    for (name, part) in [
        ("loop.npy", "cannot be read: "),
        ("dangling.npy", "no such file"),
        ("fifo.npy", "not a file; expected the path of"),
        ("socket.npz", "not a file; expected the path of"),
    ] {
        check_error(name, read_samples(&at(name)), &at(name), &[part]);
        check_error(name, read_labels(&at(name), 3), &at(name), &[part]);
    }
    for (name, is_bad_file, part) in [
        ("loop.png", false, "cannot be read: "),
        ("dangling.png", true, "0 may be: dangling.png (it is a link that leads nowhere)"),
        ("fifo.png", true, "0 may be: fifo.png (it is neither a file nor a folder)"),
    ] {
        let pictures = tempfile::tempdir().unwrap();
        let path = pictures.path().join(name);
        match name {
            "fifo.png" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            "loop.png" => symlink(name, &path).unwrap(),
            _ => symlink("nothing.png", &path).unwrap(),
        }
        let place = if is_bad_file { pictures.path() } else { &path };
        check_error(name, read_samples(pictures.path()), place, &[part]);
    }

    std::fs::write(at("locked.npy"), points()).unwrap();
    std::fs::create_dir(at("locked")).unwrap();
    for (name, mode) in [("locked.npy", 0o600), ("locked", 0o700)] {
        std::fs::set_permissions(at(name), PermissionsExt::from_mode(0o000)).unwrap();
        // The superuser may read anything.
        let forbidden = std::fs::read_dir(at(name)).is_err() && std::fs::File::open(at(name)).is_err();
        if forbidden {
            check_error(name, read_samples(&at(name)), &at(name), &["cannot be read: ", "check its permissions"]);
        }
        std::fs::set_permissions(at(name), PermissionsExt::from_mode(mode)).unwrap();
    }
}

#[test]
fn errors_name_the_whole_path() {
    let place = std::env::current_dir().unwrap().join("no/such/samples.npy");
    check_error("relative", read_samples("no/such/samples.npy".as_ref()), &place, &["no such file"]);
}
