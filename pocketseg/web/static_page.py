"""`export-page`: a folder for any web host that does what `serve` does, but saves results instead of sending them."""

from __future__ import annotations

from pathlib import Path

from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import UsageError
from pocketseg.core.files import atomic_folder, copy_file, size_bytes, write_bytes, write_text
from pocketseg.core.outside import read_json
from pocketseg.web._reply import ALWAYS
from pocketseg.web.serving import site_of
from pocketseg.web.session import NAME as SESSION

HEADERS_FILE = "_headers"  # as Netlify and Cloudflare Pages read it
READ_ME = "README.txt"
NO_JEKYLL = ".nojekyll"  # GitHub Pages leaves files out without it
_ISOLATION = ("Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy")  # without them: one thread, a coarse clock
_OF_GPU = ".asyncify."  # 27 MB, more than some hosts take, and of use to no other run
_LARGE_BYTES = 25 * 1024 * 1024  # the most that Cloudflare Pages takes of a file


def write_page(bundle_folder: Path, sha256: str, out: Path) -> list[str]:
    """Write the page with the bundle of a folder into `out`; return sentences that its user should know.

    Raises UsageError if `out` contains something else, DataError if the page or its runtimes are missing.
    """
    check_out(out)
    site, has_gpu_run = site_of(bundle_folder, sha256, "static"), _wants_gpu(bundle_folder)
    out = out.absolute()
    with atomic_folder(out) as folder:
        for url, served in site.items():
            if not url or (_OF_GPU in url and not has_gpu_run):  # "" is index.html by another name
                continue
            if isinstance(served.content, bytes):
                write_bytes(folder / url, served.content)
            else:
                copy_file(served.content, folder / url)
        write_text(folder / HEADERS_FILE, _headers_file())
        write_text(folder / READ_ME, _read_me())
        write_text(folder / NO_JEKYLL, "")
        files = [path for path in folder.rglob("*") if path.is_file() and size_bytes(path) > _LARGE_BYTES]
        large = sorted(path.relative_to(folder).as_posix() for path in files)
    return [f"{url} is larger than 25 MiB, which some hosts refuse, Cloudflare Pages among them" for url in large]


def _wants_gpu(bundle_folder: Path) -> bool:
    """Return whether a run of the job needs ONNX Runtime's build for WebGPU."""
    with open_bundle(bundle_folder) as opened:
        content = opened.content
    runs, artifacts = content["job"]["runs"], content["artifacts"]
    return any(run["accelerator"] == "gpu" and artifacts[run["artifact"]]["target"] == "onnx" for run in runs)


def check_out(out: Path) -> None:
    """Refuse a folder in which something other than such a page would be replaced. Raises UsageError."""
    if out.is_symlink():
        raise UsageError(f"{out} is a link, which would be replaced", hint="give a new folder: --out DIR")
    if not out.exists() or (out.is_dir() and (not any(out.iterdir()) or _is_page(out))):
        return
    raise UsageError(f"{out} exists and is not an exported page", hint="give a new or empty folder: --out DIR")


def _is_page(out: Path) -> bool:
    try:
        said = read_json(out / SESSION)
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("mode") == "static" and (out / "index.html").is_file()


def _headers_file() -> str:
    lines = [f"  {name}: {value}" for name, value in ALWAYS.items()]
    kept = "  Cache-Control: public, max-age=31536000, immutable"  # their names say what is in them
    return "\n".join(["/*", *lines, "/assets/*", kept, "/runtimes/*", kept, ""])


def _read_me() -> str:
    nginx = "\n".join(f'    add_header {name} "{value}" always;' for name, value in ALWAYS.items())
    apache = "\n".join(f'    Header always set {name} "{value}"' for name, value in ALWAYS.items())
    return _READ_ME.format(nginx=nginx, apache=apache, isolation=" and ".join(_ISOLATION))


_READ_ME = """\
A page that measures exported segmentation networks in whatever browser opens it. Made by `pocketseg export-page`.

Put the whole folder onto any web host that serves https, at the root or below any path. Nothing runs on the server, and
the page fetches nothing from elsewhere. It does not work from the disk (file://): browsers give such pages neither
workers nor WebAssembly. To try it here: python -m http.server --bind 127.0.0.1, in this folder.

What the page measures stays in the browser that measured it. It can be saved there as one file, which
`pocketseg device import FILE --bundle BUNDLE --out DIR` takes into a table; BUNDLE is the folder `bundle` of this one.

Headers
-------
With these headers the browser gives several threads and its fine clock; without {isolation} the page works on one
thread, and says so. .wasm has to be served as application/wasm, which today's hosts do by themselves.

Netlify and Cloudflare Pages read them from the file _headers of this folder, but only at the root of a site.

nginx, in the `location` of the page:

{nginx}

Apache, in .htaccess or a <Directory>, with mod_headers:

{apache}

GitHub Pages does not let you set headers: there the page works on one thread.

Licences of what the page carries: licences.txt
"""
