"""Corpora fetched on demand: whole or not at all, checked by hash, resumed, and a plain sentence where it fails."""

import contextlib
import errno
import hashlib
import http.server
import io
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import zipfile
from urllib.parse import unquote

import pytest

from src.utils import paths
from src.utils.errors import FetchError
from src.utils.running import cli, downloading, fetch, unpacking
from tests.small_notebooks import command, copy_tree, environment

REPORT = "政府工作报告。" * 40_000  # 840,000 bytes: many chunks


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(files: dict[str, bytes], *, gbk=False) -> bytes:
    """A zip archive; with `gbk`, names as Chinese systems write them: GBK bytes and no mark that says so."""
    buffer = io.BytesIO()
    stand_ins = {name: f"{number:0{len(name.encode('gbk'))}d}" if gbk else name for number, name in enumerate(files)}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(stand_ins[name]), content)
    content = buffer.getvalue()
    for name, stand_in in stand_ins.items():
        content = content.replace(stand_in.encode(), name.encode("gbk")) if gbk else content
    return content


class Server:
    """An HTTP server on this machine that serves `files` and misbehaves as told."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.ranges = True
        self.breaks_after: list[int] = []  # bytes after which the next answers break off
        self.codes: list[int] = []  # what the next answers say instead
        self.hangs = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(ConnectionError):  # the client may have gone
                    outer.answer(self)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self.http.server_port}"

    def answer(self, request):
        asked = request.headers.get("Range")
        self.requests.append((request.path, asked))
        content = self.files.get(unquote(request.path))
        if self.hangs:
            time.sleep(1)
        code = self.codes.pop(0) if self.codes else 200 if content is not None else 404
        begin = int(re.match(r"bytes=(\d+)-", asked)[1]) if asked and self.ranges else 0
        if code == 200 and begin and begin >= len(content):
            code = 416
        if code != 200:
            request.send_error(code)
            return
        request.send_response(206 if begin else 200)
        if begin:
            request.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(content) - begin))
        request.end_headers()
        sent = content[begin:]
        request.wfile.write(sent[: self.breaks_after.pop(0)] if self.breaks_after else sent)


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloading, "PAUSE_SECONDS", 0)
    found = Server()
    yield found
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A data folder of the test's own."""
    monkeypatch.setattr(paths, "REGISTRY", tmp_path / "registry.toml")
    monkeypatch.setattr(paths, "CORPORA", tmp_path / "corpora")
    return tmp_path


def register(*files: dict, name="reports") -> None:
    """Write a registry of one corpus."""
    lines = [f"[{name}]", 'what = "Reports"', 'licence = "free"', 'citation = "Nobody, 2025"']
    for file in files:
        lines += [f"[[{name}.file]]", *(f"{key} = {json.dumps(value)}" for key, value in file.items())]
    paths.REGISTRY.write_text("\n".join(lines), encoding="utf-8")


def entry(address: str, content: bytes, **more) -> dict:
    return {"address": address, "sha256": sha256(content), "size": len(content), "save_as": "report.txt"} | more


@pytest.fixture
def report(server, place):
    """The report, served at a Chinese address and registered."""
    content = REPORT.encode()
    server.files["/docs/31省 报告.txt"] = content
    register(entry(f"{server.address}/docs/31省 报告.txt", content))
    return content


def left_behind() -> list[str]:
    """What lies in data/corpora besides the corpus."""
    return sorted(path.name for path in paths.CORPORA.iterdir() if path.name != "reports")


# --- the registry that ships ---


def test_every_address_is_at_a_fixed_commit_and_every_file_has_hash_and_size():
    registry = fetch.load_registry()
    assert list(registry) == ["provincial-reports-2025", "gazetteer", "samples"]
    for corpus in registry.values():
        for file in corpus.file:
            assert re.match(
                r"https://raw\.githubusercontent\.com/[\w-]+/[\w-]+/[0-9a-f]{40}/", downloading.quoted(file.address)
            )
    assert len(registry["samples"].file) == 6


def test_an_address_with_chinese_letters_and_brackets_is_encoded():
    address = fetch.load_registry()["provincial-reports-2025"].file[0].address
    assert downloading.quoted(address).endswith(
        "/docs/31%E7%9C%81%E5%8C%BA%E5%B8%82%E6%94%BF%E5%BA%9C%E5%B7%A5%E4%BD%9C%E6%8A%A5%E5%91%8A.zip"
    )
    assert unquote(downloading.quoted(address)) == address


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[reports\n", "registry.toml: cannot be read"),
        ('[reports]\nwhat = "a"\nlicence = "b"\ncitation = "c"\n', "reports.file: Field required"),
        ('[reports]\nwhat = "a"\nlicence = "b"\ncitation = "c"\nfile = []\nx = 1\n', "reports.file"),
        ('["../x"]\nwhat = "a"\n', "../x"),
    ],
)
def test_a_registry_that_is_wrong_is_refused_by_key(place, text, message):
    paths.REGISTRY.write_text(text, encoding="utf-8")
    with pytest.raises(FetchError, match=re.escape(message)):
        fetch.load_registry()


@pytest.mark.parametrize("name", ["../x.txt", "/etc/x", ".hidden", "a:b", "corpus.json"])
def test_a_file_cannot_be_saved_elsewhere(place, name):
    register(entry("https://example.org/x", b"x", save_as=name))
    with pytest.raises(FetchError, match="registry"):
        fetch.load_registry()


# --- from a server ---


def test_a_file_is_fetched_checked_and_not_fetched_again(server, report):
    folder = fetch.fetch("reports")
    assert (folder / "report.txt").read_bytes() == report
    assert fetch.corpus_folder("reports") == folder
    manifest = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    assert manifest["files"] == {"report.txt": {"size": len(report), "sha256": sha256(report)}}
    assert manifest["licence"] == "free"
    fetch.fetch("reports")
    assert len(server.requests) == 1
    assert left_behind() == []


def test_a_broken_connection_is_taken_up_where_it_broke(server, report):
    server.breaks_after = [300_000, 200_000]
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == report
    begins = [int(asked.removeprefix("bytes=").rstrip("-")) for _, asked in server.requests[1:]]
    assert begins == [300_000, 500_000]


def test_a_server_without_ranges_sends_it_all_again(server, report):
    server.ranges, server.breaks_after = False, [300_000]
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == report


def test_after_too_many_breaks_what_came_is_kept_for_the_next_run(server, report):
    server.breaks_after = [100_000] * downloading.TRIES
    with pytest.raises(FetchError, match="400,000 bytes that came are kept") as caught:
        fetch.fetch("reports")
    assert "\n" not in str(caught.value)
    assert fetch.corpus_folder("reports") is None
    [part] = left_behind()
    dead = subprocess.Popen([sys.executable, "-c", ""])  # as if that run had ended
    dead.wait()
    (paths.CORPORA / part).rename(paths.CORPORA / part.replace(str(os.getpid()), str(dead.pid)))
    server.requests.clear()
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == report
    assert server.requests[0][1] == "bytes=400000-"
    assert left_behind() == []


def test_an_old_beginning_that_is_another_files_is_thrown_away(server, report):
    paths.CORPORA.mkdir()
    address = fetch.load_registry()["reports"].file[0].address
    (paths.CORPORA / f".{sha256(address.encode())[:16]}.{os.getpid()}.part").write_bytes(b"x" * 1000)
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == report
    assert [asked for _, asked in server.requests] == ["bytes=1000-", None]


def test_a_beginning_longer_than_the_file_is_thrown_away(server, place):
    archive = zipped({"txt/7.pdf.txt": b"seven"})
    server.files["/txt.zip"] = archive
    address = f"{server.address}/txt.zip"
    register(entry(address, b"seven", member="7.pdf.txt"))
    paths.CORPORA.mkdir()
    (paths.CORPORA / f".{sha256(address.encode())[:16]}.{os.getpid()}.part").write_bytes(b"x" * 1000)
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == b"seven"
    assert len(server.requests) == 2


def test_another_file_of_the_same_length_is_refused(server, report):
    server.files["/docs/31省 报告.txt"] = b"<!doctype html>".ljust(len(report))
    with pytest.raises(FetchError, match=f"the registry says {sha256(report)}. A proxy or a login page"):
        fetch.fetch("reports")
    assert left_behind() == []
    assert not (paths.CORPORA / "reports").exists()


def test_more_than_is_due_is_not_even_read(server, report):
    server.files["/docs/31省 报告.txt"] = report + b"more"
    with pytest.raises(FetchError, match="more than the 840,000 bytes that are due"):
        fetch.fetch("reports")
    assert not (paths.CORPORA / "reports").exists()


@pytest.mark.parametrize("code", [404, 403, 410])
def test_a_refusal_is_told_at_once(server, report, code):
    server.codes = [code]
    with pytest.raises(FetchError, match=f"the server answers {code} .*--from"):
        fetch.fetch("reports")
    assert len(server.requests) == 1


def test_a_server_in_trouble_is_asked_again(server, report):
    server.codes = [503, 429]
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == report


def test_a_server_that_does_not_answer_is_given_up(server, report, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT_SECONDS", 0.05)
    server.hangs = True
    with pytest.raises(FetchError, match="no answer within 0 s, 4 times. Is this machine online?"):
        fetch.fetch("reports")


def test_offline_is_said_in_a_sentence(place, monkeypatch):
    monkeypatch.setattr(downloading, "PAUSE_SECONDS", 0)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    register(entry(f"http://127.0.0.1:{port}/x", b"x"))
    with pytest.raises(FetchError, match="the server refuses the connection.*HTTPS_PROXY.*--from") as caught:
        fetch.fetch("reports")
    assert "\n" not in str(caught.value)
    assert left_behind() == []


def test_a_proxy_that_the_environment_names_is_used(server, place, monkeypatch):
    server.files["http://example.org/x.txt"] = b"through the proxy"
    register(entry("http://example.org/x.txt", b"through the proxy"))
    monkeypatch.setenv("http_proxy", server.address)
    monkeypatch.delenv("no_proxy", raising=False)
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == b"through the proxy"


def test_a_full_disk_is_said_and_leaves_no_corpus(server, report, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloading.os, "truncate", full)
    with pytest.raises(FetchError, match="the disk is full"):
        fetch.fetch("reports")
    assert not (paths.CORPORA / "reports").exists()


def test_a_damaged_corpus_is_mended_and_what_a_user_put_there_stays(server, report):
    folder = fetch.fetch("reports")
    (folder / "report.txt").write_bytes(b"x" * len(report))
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    fetch.fetch("reports")
    assert (folder / "report.txt").read_bytes() == report
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    (folder / "report.txt").unlink()
    assert fetch.corpus_folder("reports") is None


def test_a_new_registry_entry_makes_the_old_corpus_outdated(server, report):
    fetch.fetch("reports")
    server.files["/new.txt"] = b"new"
    register(entry(f"{server.address}/new.txt", b"new"))
    assert fetch.state("reports", fetch.load_registry()["reports"]) == "outdated"
    assert (fetch.fetch("reports") / "report.txt").read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_fetch_leaves_no_corpus_and_the_next_goes_on(server, tmp_path):
    tree = copy_tree(tmp_path / "tree", without=("tests/", "figures/", "notebooks/"))
    content = REPORT.encode()
    server.files["/slow.txt"] = content
    server.breaks_after = [400_000]
    server.codes = []
    registry = tree / "data" / "registry.toml"
    said = {"what": "a", "licence": "b", "citation": "c"}
    file = entry(f"{server.address}/slow.txt", content)
    lines = ["[slow]", *(f"{key} = {json.dumps(value)}" for key, value in said.items()), "[[slow.file]]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in file.items()]
    registry.write_text("\n".join(lines), encoding="utf-8")
    corpora = tree / "data" / "corpora"
    with subprocess.Popen(command("fetch", "slow"), cwd=tree, env=environment(tree), stderr=subprocess.DEVNULL) as job:
        until = time.monotonic() + 30
        while not any(part.stat().st_size >= 400_000 for part in corpora.glob(".*.part") if part.is_file()):
            assert time.monotonic() < until
            time.sleep(0.005)
        job.send_signal(signal.SIGKILL)  # in the pause before the second try
    assert not (corpora / "slow").exists()
    server.requests.clear()
    done = subprocess.run(command("fetch", "slow"), cwd=tree, env=environment(tree), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (corpora / "slow" / "report.txt").read_bytes() == content
    assert server.requests == [("/slow.txt", "bytes=400000-")]
    assert [path.name for path in corpora.iterdir()] == ["slow"]


# --- from a file got by hand ---


def test_a_file_got_by_hand_is_known_by_its_hash_whatever_its_name(place, tmp_path):
    register(entry("https://example.org/x", b"right"))
    (tmp_path / "下载 (1)").mkdir()
    (tmp_path / "下载 (1)" / "b.txt").write_bytes(b"right")
    (tmp_path / "下载 (1)" / "a.txt").write_bytes(b"wrong")
    folder = fetch.fetch("reports", [tmp_path / "下载 (1)"])
    assert (folder / "report.txt").read_bytes() == b"right"
    assert (tmp_path / "下载 (1)" / "b.txt").exists()


def test_another_file_got_by_hand_is_refused_with_the_hash_that_is_wanted(place, tmp_path):
    register(entry("https://example.org/x", b"right"))
    (tmp_path / "a.txt").write_bytes(b"wrong")
    with pytest.raises(FetchError, match=rf"not among what was given \(a.txt\).*{sha256(b'right')}"):
        fetch.fetch("reports", [tmp_path / "a.txt"])
    with pytest.raises(FetchError, match="no such file or folder"):
        fetch.fetch("reports", [tmp_path / "none.txt"])
    assert not (paths.CORPORA / "reports").exists()
    assert left_behind() == []


def test_a_member_is_taken_from_its_archive_or_given_alone(place, tmp_path):
    members = {"txt/7.pdf.txt": b"seven", "txt/9.pdf.txt": b"nine"}
    (tmp_path / "txt.zip").write_bytes(zipped(members))
    (tmp_path / "nine").write_bytes(b"nine")
    address = "https://example.org/txt.zip"
    register(
        entry(address, b"seven", member="7.pdf.txt", save_as="seven.txt"),
        entry(address, b"nine", member="9.pdf.txt", save_as="nine.txt"),
    )
    folder = fetch.fetch("reports", [tmp_path / "txt.zip"])
    assert {path.name: path.read_bytes() for path in folder.glob("*.txt")} == {
        "seven.txt": b"seven",
        "nine.txt": b"nine",
    }
    shutil.rmtree(folder)
    (tmp_path / "seven").write_bytes(b"seven")
    fetch.fetch("reports", [tmp_path / "nine", tmp_path / "seven"])
    assert fetch.corpus_folder("reports") == folder


def test_an_archive_of_several_members_is_fetched_once(server, place):
    server.files["/txt.zip"] = zipped({"7.pdf.txt": b"seven", "9.pdf.txt": b"nine"})
    address = f"{server.address}/txt.zip"
    register(
        entry(address, b"seven", member="7.pdf.txt", save_as="seven.txt"),
        entry(address, b"nine", member="9.pdf.txt", save_as="nine.txt"),
    )
    fetch.fetch("reports")
    assert len(server.requests) == 1
    register(entry(address, b"other", member="7.pdf.txt"))
    with pytest.raises(FetchError, match="what came is not the file"):
        fetch.fetch("reports")
    register(entry(address, b"other", member="8.pdf.txt"))
    with pytest.raises(FetchError, match="holds no file 8.pdf.txt"):
        fetch.fetch("reports")
    assert left_behind() == []


# --- archives ---


def test_gbk_names_are_read_as_chinese_and_folders_are_kept(tmp_path):
    files = {"2025年江西省政府工作报告.docx": b"1", "附件/一.txt": b"2", "__MACOSX/._x": b"3"}
    (tmp_path / "a.zip").write_bytes(zipped(files, gbk=True))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert "江西" not in "".join(archive.namelist())
    written = unpacking.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in written] == [
        "2025年江西省政府工作报告.docx",
        "附件/一.txt",
    ]
    (tmp_path / "b.zip").write_bytes(zipped(files))
    assert len(unpacking.unpack(tmp_path / "b.zip", tmp_path / "utf8")) == 2
    assert (tmp_path / "utf8" / "2025年江西省政府工作报告.docx").read_bytes() == b"1"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "C:/x", "a\\..\\..\\x", "nul.txt", "a/b:c", "x\n", "x "])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    (tmp_path / "a.zip").write_bytes(zipped({name: b"x"}))
    with pytest.raises(FetchError, match="leads elsewhere"):
        unpacking.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "out").exists()


def test_links_twins_and_bombs_are_refused(tmp_path, monkeypatch):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    (tmp_path / "twins.zip").write_bytes(zipped({"a.txt": b"1", "A.TXT": b"2"}))
    (tmp_path / "bomb.zip").write_bytes(zipped({"zeros": bytes(5_000_000)}))
    monkeypatch.setattr(unpacking, "MAX_BYTES", 1_000_000)
    for name, message in (("link", "a link"), ("twins", "two files are called"), ("bomb", "would become more than")):
        with pytest.raises(FetchError, match=message):
            unpacking.unpack(tmp_path / f"{name}.zip", tmp_path / "out")


def test_a_damaged_archive_is_refused(tmp_path):
    content = bytearray(zipped({"a.txt": REPORT.encode()}))
    content[60:90] = bytes(30)
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FetchError, match="damaged"):
        unpacking.unpack(tmp_path / "a.zip", tmp_path / "out")
    (tmp_path / "b.zip").write_bytes(b"no archive")
    with pytest.raises(FetchError, match="not a zip archive"):
        unpacking.unpack(tmp_path / "b.zip", tmp_path / "out")


def test_an_archive_is_laid_out_in_the_corpus_folder(server, place):
    content = zipped({"2025年江西省政府工作报告.docx": b"1"}, gbk=True)
    server.files["/a.zip"] = content
    register(entry(f"{server.address}/a.zip", content, save_as="a.zip", unpack=True))
    assert [path.name for path in sorted(fetch.fetch("reports").iterdir())] == [
        "2025年江西省政府工作报告.docx",
        "corpus.json",
    ]


# --- the command ---


def test_the_list_says_what_there_is_and_what_is_here(server, report, capsys):
    assert cli.main(["fetch"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["reports: absent", "  Reports", "  1 file, 0.8 MB"]
    assert cli.main(["fetch", "reports"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("reports: 1 files in data/corpora/reports/, checked")
    assert said.err == "fetching report.txt …\n"
    assert cli.main(["fetch"]) == 0
    assert "reports: present in data/corpora/reports/" in capsys.readouterr().out
    (paths.CORPORA / "reports" / "report.txt").unlink()
    assert cli.main(["fetch"]) == 0
    assert "reports: damaged; `python run.py fetch reports` mends that" in capsys.readouterr().out


def test_an_unknown_corpus_is_refused_with_those_there_are(capsys):
    assert cli.main(["fetch", "nothing"]) == 2
    assert "provincial-reports-2025, gazetteer, samples" in capsys.readouterr().err
