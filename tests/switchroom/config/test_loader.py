"""Settings from file and environment, and what is said about wrong ones."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from switchroom.codec_names import NAMED
from switchroom.config import Config, MediaSection, load_config
from switchroom.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "switchroom.toml"


def refuse(file: Path, text: str, **env: str) -> ConfigError:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, env)
    return caught.value


class TestSources:
    def test_no_file_at_all_is_the_defaults(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert load_config(None, {}) == Config()

    def test_the_file_in_the_working_directory_is_found(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(file.parent)
        file.write_text('[media]\nname = "media-7"\n')
        assert load_config(None, {}).media.name == "media-7"

    def test_the_environment_names_a_file(self, file: Path) -> None:
        file.write_text("[bus]\nlost_ms = 2000\n")
        assert load_config(None, {"SWITCHROOM_CONFIG": str(file)}).bus.lost_ms == 2000

    def test_the_environment_wins(self, file: Path) -> None:
        file.write_text("[frontend]\nt1_ms = 400\nt2_ms = 3000\n")
        config = load_config(file, {"SWITCHROOM_FRONTEND__T1_MS": "250"})
        assert (config.frontend.t1_ms, config.frontend.t2_ms) == (250, 3000)

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("SWITCHROOM_FRONTEND__UDP", "127.0.0.1:5070, [::1]:5070", ("127.0.0.1:5070", "[::1]:5070")),
            ("SWITCHROOM_FRONTEND__UDP", '["127.0.0.1:5070"]', ("127.0.0.1:5070",)),
            ("SWITCHROOM_FRONTEND__UDP", "", ()),
            ("SWITCHROOM_FRONTEND__ADVERTISED", '{"10.0.0.5" = "203.0.113.5"}', {"10.0.0.5": "203.0.113.5"}),
        ],
    )
    def test_lists_and_tables_from_the_environment(self, name: str, value: str, expected: object) -> None:
        config = load_config(None, {name: value})
        assert getattr(config.frontend, name.rpartition("__")[2].lower()) == expected

    def test_entries_of_a_list_of_sections(self, file: Path) -> None:
        file.write_text('[[trunk]]\nname = "carrier"\npeers = ["127.0.0.1:5062"]\n')
        env = {
            "SWITCHROOM_TRUNK__0__PEERS": "127.0.0.1:5099",
            "SWITCHROOM_TRUNK__1__NAME": "second",
            "SWITCHROOM_TRUNK__1__PEERS": "127.0.0.1:5063",
        }
        trunks = load_config(file, env).trunk
        assert [(trunk.name, trunk.peers) for trunk in trunks] == [
            ("carrier", ("127.0.0.1:5099",)),
            ("second", ("127.0.0.1:5063",)),
        ]

    def test_sections_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            load_config(None, {}).bus.lost_ms = 5  # type: ignore[misc]


class TestComplaints:
    def test_an_unknown_key_names_the_nearest(self, file: Path) -> None:
        error = refuse(file, "[frontend]\nt1_sm = 3\n")
        assert (error.file, error.key) == (str(file), "frontend.t1_sm")
        assert error.fix == "no such key; did you mean t1_ms?"

    def test_an_unknown_section_names_the_nearest(self, file: Path) -> None:
        assert refuse(file, "[fronted]\n").fix.endswith("did you mean frontend?")

    def test_an_unknown_key_like_no_other_lists_them(self, file: Path) -> None:
        assert "known are format, level" in refuse(file, "[log]\nzzz = 1\n").fix

    def test_a_key_in_an_entry_is_named_with_its_number(self, file: Path) -> None:
        assert refuse(file, '[[domain]]\nname = "a.test"\nalgorithm = "MD5"\n').key == "domain[0].algorithm"

    @pytest.mark.parametrize(
        ("text", "key", "fix"),
        [
            ('[frontend]\nt1_ms = "x"\n', "frontend.t1_ms", "expected a number"),
            ("[frontend]\nt1_ms = 0\n", "frontend.t1_ms", ">= 1"),
            ('[log]\nlevel = "info"\n', "log.level", "'info' is none of DEBUG, INFO, WARNING, ERROR"),
            ('[[domain]]\nalgorithms = ["MD6"]\n', "domain[0].algorithms[0]", "'MD6' is none of MD5, SHA-256"),
            ('[frontend]\nudp = ["localhost:5060"]\n', "frontend.udp", "127.0.0.1:5060"),
            ('[frontend]\nudp = ["127.0.0.1"]\n', "frontend.udp", "is not address:port"),
            ('[bus]\nfrontends = ["/tmp/x"]\n', "bus.frontends", "must begin with ipc://"),
            ("[bus]\nsuspect_ms = 5000\n", "bus.suspect_ms", "between heartbeat_ms and lost_ms"),
            ("[media]\nports = [12001, 13000]\n", "media.ports", "even"),
            ('[media]\naddress = "pbx"\n', "media.address", "a literal, not a name"),
            ('[media]\naddress6 = "192.0.2.1"\n', "media.address6", "is no IPv6 address"),
            ('[media]\naddress = "::1"\naddress6 = "::1"\n', "media.address6", "beside an IPv4"),
            ('[media]\nadvertised6 = "2001:db8::1"\n', "media.advertised6", "needs media.address6"),
            ('[media]\nadvertised = "2001:db8::1"\n', "media.advertised", "another family"),
            ("[registrar]\nmin_expires_s = 7200\n", "registrar.default_expires_s", "between"),
            ('[[trunk]]\nname = "a"\npeers = []\n', "trunk[0].peers", "at least"),
            ('[[trunk]]\npeers = ["127.0.0.1:1"]\n', "trunk[0]", "name"),
            ('[[trunk]]\nname = "a"\npeers = ["two words"]\n', "trunk[0].peers", "is no host"),
            ('[[trunk]]\nname = "a"\npeers = ["a.test:0"]\n', "trunk[0].peers", "is no host"),
            ('[[trunk]]\nname = "a"\npeers = ["a"]\nregister = true\n', "trunk[0].user", "write the account"),
            ('[[trunk]]\nname = "a"\npeers = ["a"]\nfrom_account = true\n', "trunk[0].user", "puts into From"),
            ('[[trunk]]\nname = "a"\npeers = ["a"]\nout_called = ["9"]\n', "trunk[0].out_called", "prefix=replacement"),
            ('[[trunk]]\nname = "a"\npeers = ["a"]\ntransport = "sctp"\n', "trunk[0].transport", "none of"),
            ('[frontend]\nnameservers = ["ns.test"]\n', "frontend.nameservers", "is no address"),
            ('[[domain]]\nname = "a"\n[[domain]]\nname = "a"\n', "domain.name", "twice"),
            ("domain = []\n", "domain", "one entry"),
            ('[frontend]\nudp = "127.0.0.1:5060"\n', "frontend.udp", "expected a list, [...], got text"),
            ('[frontend]\ncodecs = ["FOO"]\n', "frontend.codecs", "'FOO' is none of PCMU, PCMA"),
            ('[frontend]\ncodecs = ["CN"]\n', "frontend.codecs", "CN is none by itself"),
            ("[frontend]\ncodecs = []\n", "frontend.codecs", "needs a codec"),
            ('[media]\non_fetch = "gs://prompts"\n', "media.on_fetch", "gs:// is none of http, https, s3, file"),
            ('[media]\non_finished = "https://me:pw@archive/"\n', "media.on_finished", "write media.store_token"),
            ('[registrar]\nstore = "redis://a"\n', "registrar.store", "memory: or sqlite:PATH"),
            ('[registrar]\nstore = "sqlite:"\n', "registrar.store", "memory: or sqlite:PATH"),
            ('[console]\nhttp = "127.0.0.1:8080"\n', "console", "no such key"),
        ],
    )
    def test_what_is_wrong_where_and_what_to_write(self, file: Path, text: str, key: str, fix: str) -> None:
        error = refuse(file, text)
        assert (error.file, error.key) == (str(file), key)
        assert fix in error.fix
        assert str(file) in str(error)

    def test_no_toml(self, file: Path) -> None:
        assert "line 1" in refuse(file, "this is not\n").fix

    def test_a_missing_file(self, file: Path) -> None:
        with pytest.raises(ConfigError, match="does not exist"):
            load_config(file, {})

    def test_every_codec_of_the_frontend_may_be_named(self, file: Path) -> None:
        file.write_text(f"[frontend]\ncodecs = {[*NAMED, 'AMR-WB/16000']}\n")
        assert load_config(file, {}).frontend.codecs == (*NAMED, "AMR-WB/16000")

    @pytest.mark.parametrize(
        ("name", "value", "fix"),
        [
            ("SWITCHROOM_FRONTEND__UPD", "x", "did you mean udp?"),
            ("SWITCHROOM_FRONTED__UDP", "x", "did you mean frontend?"),
            ("SWITCHROOM_FRONTEND__T1_MS", "soon", "a number"),
            ("SWITCHROOM_TRUNK__NAME", "x", "SWITCHROOM_TRUNK__0__"),
            ("SWITCHROOM_TRUNK__3__NAME", "x", "number 1"),
            ("SWITCHROOM_FRONTEND__ADVERTISED", "x", "TOML table"),
            ("SWITCHROOM_FRONTEND__UDP", "[x", "no valid TOML"),
        ],
    )
    def test_the_environment_is_named_when_it_is_to_blame(self, file: Path, name: str, value: str, fix: str) -> None:
        error = refuse(file, '[[trunk]]\nname = "a"\npeers = ["127.0.0.1:5062"]\n', **{name: value})
        assert error.file == "environment"
        assert fix in error.fix


class TestMediaOfPeers:
    """Marks of RTP, and where it may come from."""

    @pytest.mark.parametrize("section", ["[frontend]", '[[trunk]]\nname = "carrier"\npeers = ["192.0.2.1"]'])
    @pytest.mark.parametrize("line", ["rtp_dscp = 64", "rtp_dscp = -1", 'rtp_sources = ["media.example.com"]'])
    def test_what_no_media_worker_could_do_is_refused(self, file: Path, section: str, line: str) -> None:
        assert line.split()[0] in refuse(file, f"{section}\n{line}\n").key

    def test_media_is_marked_as_such_unless_told_otherwise(self, file: Path) -> None:
        file.write_text('[[trunk]]\nname = "carrier"\npeers = ["192.0.2.1"]\n')
        config = load_config(file, {})
        assert (config.frontend.rtp_dscp, config.frontend.rtp_sources) == (46, ())
        assert (config.trunk[0].rtp_dscp, config.trunk[0].rtp_sources) == (None, None)


class TestGuard:
    """``[guard]``: what a stranger may do."""

    @pytest.mark.parametrize("key", ["allow", "deny", "exempt"])
    @pytest.mark.parametrize("wrong", ["192.0.2.300", "10.0.0.0/33", "phones.example.com", ""])
    def test_what_is_no_network_is_named_with_how_to_write_one(self, file: Path, key: str, wrong: str) -> None:
        error = refuse(file, f'[guard]\n{key} = ["10.0.0.0/8", "{wrong}"]\n')
        assert error.key == f"guard.{key}"
        assert '"192.0.2.0/24"' in str(error)
        assert str(file) in str(error)

    def test_an_address_of_a_network_stands_for_it(self, file: Path) -> None:
        file.write_text('[guard]\ndeny = ["10.1.2.3/8", "2001:db8::1/32"]\n')
        assert load_config(file, {}).guard.deny == ("10.1.2.3/8", "2001:db8::1/32")

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("requests_per_s", "0"),
            ("message_burst", "-1"),
            ("early_calls", "0"),
            ("ban_after", '"often"'),
            ("ban_s", "-1"),
            ("sources", "1.5"),
            ("overload_ms", "0"),
        ],
    )
    def test_a_limit_that_makes_no_sense_is_refused(self, file: Path, key: str, value: str) -> None:
        assert refuse(file, f"[guard]\n{key} = {value}\n").key == f"guard.{key}"

    def test_no_bans_at_all_are_a_choice(self, file: Path) -> None:
        file.write_text("[guard]\nban_s = 0\n")
        assert load_config(file, {}).guard.ban_s == 0

    def test_a_limit_nobody_knows_is_refused(self, file: Path) -> None:
        assert "guard" in refuse(file, "[guard]\nreqests_per_s = 5\n").key


@pytest.mark.covers("ND-014")
def test_who_stops_a_media_worker_has_more_patience_than_its_drain_takes() -> None:
    deploy = Path(__file__).parents[3] / "deploy"
    ours = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    ours.read(deploy / "supervisord.conf")
    systemd = (deploy / "systemd" / "switchroom-media.service").read_text()
    found = re.search(r"^TimeoutStopSec=(\d+)$", systemd, re.MULTILINE)
    assert found
    for patience in (ours["program:media_worker"]["stopwaitsecs"], found[1]):
        assert int(patience) >= MediaSection().drain_s + 5
