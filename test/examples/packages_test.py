"""The Debian packages, unpacked into a directory of their own: what they need, and that what they hold works there.

    python3 packages_test.py BUILD_DIR CHECKPOINT

Ends with 77 where there is no dpkg-deb.
"""
import gzip
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

build, checkpoint = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **options)
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


def field(package, name):
    return run("dpkg-deb", "--field", package, name).strip()


def check(folder):
    run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", folder, cwd=folder)
    packages = {field(path, "Package"): path for path in folder.glob("*.deb")}
    assert set(packages) == {"facet-runtime", "facet-compiler"}, packages
    needs = {name: re.findall(r"[a-z][\w.+-]*", re.sub(r"\(.*?\)", "", field(path, "Depends"))) for name, path in packages.items()}
    assert not [need for need in needs["facet-runtime"] if "mlir" in need or "llvm" in need], needs
    assert "libmlir-22" in needs["facet-compiler"] and "facet-runtime" in needs["facet-compiler"], needs

    if shutil.which("apt-get"):  # what it would do: nobody's system is changed
        simulated = run("apt-get", "-s", "-o", "Debug::NoLocking=1", "install", "--no-install-recommends", *packages.values())
        assert {"facet-runtime", "facet-compiler"} <= set(re.findall(r"^Inst (\S+)", simulated, re.M)), simulated

    root = folder / "root"
    for name, path in packages.items():
        run("dpkg-deb", "--extract", path, root)
        documents = root / "usr/share/doc" / name
        assert "common-licenses/Apache-2.0" in (documents / "copyright").read_text()
        assert gzip.decompress((documents / "changelog.gz").read_bytes()).decode().startswith(f"facet ({field(path, 'Version')})")
        programs = [line.rsplit("/", 1)[1] for line in run("dpkg-deb", "--contents", path).splitlines() if "./usr/bin/facet" in line]
        for program in programs:  # each program's page is in its package, and compressed
            page = root / f"usr/share/man/man1/{program}.1.gz"
            assert gzip.decompress(page.read_bytes()).decode().startswith(".TH"), page
        assert programs and not list(root.glob("usr/share/man/man1/*.1"))
        print(f"{path.name}: {path.stat().st_size} bytes")
    environment = {"PATH": f"{root}/usr/bin:/usr/bin:/bin", "HOME": str(folder)}
    run("facet", "compile", checkpoint, "-o", "model.facet", cwd=folder, env=environment)
    story = run("facet", "run", "model.facet", "Tell me a story about a fox.", "--greedy", "-n", "20", cwd=folder, env=environment)
    assert story.startswith("Once"), story
    # Without the compiler's package, its verbs are not there, and the others run.
    shutil.rmtree(root)
    run("dpkg-deb", "--extract", packages["facet-runtime"], root)
    again = run("facet", "run", "model.facet", "Tell me a story about a fox.", "--greedy", "-n", "20", cwd=folder, env=environment)
    assert again == story
    assert "compile" not in re.findall(r"^  ([a-z-]+)", run("facet", "--help", env=environment), re.M)


if not shutil.which("dpkg-deb") or not shutil.which("dpkg-shlibdeps"):
    print("no dpkg-deb and dpkg-shlibdeps")
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="facet-packages-") as name:
    check(pathlib.Path(name))
print("passed")
