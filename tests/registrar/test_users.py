"""The user list."""

from __future__ import annotations

from pathlib import Path

import pytest

from registrar.aor import Domain, Domains
from registrar.users import Users
from switchroom.digest import user_hash
from switchroom.errors import ConfigError

DOMAINS = Domains([Domain("pbx.test", ("SHA-256", "MD5")), Domain("branch.test")])
EXAMPLE = Path(__file__).parents[2] / "examples" / "exchange" / "users.toml"


def load(tmp_path: Path, text: str) -> Users:
    file = tmp_path / "users.toml"
    file.write_text(text)
    return Users.load(file, DOMAINS)


def test_the_demo_exchange_has_ten_users() -> None:
    users = Users.load(EXAMPLE, DOMAINS)
    for number in range(1001, 1011):
        user = users.find(str(number), "pbx.test")
        assert user is not None
        assert user.ha1 == {
            algorithm: user_hash(algorithm, str(number), "pbx.test", f"secret{number}")
            for algorithm in ("SHA-256", "MD5")
        }
    assert len(users) == 10


@pytest.mark.covers("AU-015")
def test_a_password_is_hashed_and_forgotten(tmp_path: Path) -> None:
    users = load(tmp_path, '[[user]]\nname = "anna"\npassword = "geheim"\ndisplay = "Anna"\nmax_calls = 2\n')
    user = users.find("anna", "pbx.test")
    assert user is not None
    assert "geheim" not in repr(user)
    assert user.ha1["MD5"] == user_hash("MD5", "anna", "pbx.test", "geheim")
    assert (user.entity.uri, user.entity.display, user.entity.max_calls) == ("anna@pbx.test", "Anna", 2)


@pytest.mark.covers("RG-003")
def test_realm_of_the_file_and_of_the_user(tmp_path: Path) -> None:
    users = load(
        tmp_path,
        'realm = "branch.test"\n[[user]]\nname = "a"\npassword = "x"\n'
        '[[user]]\nname = "a"\nrealm = "pbx.test"\npassword = "y"\n',
    )
    assert [user.uri for user in users.of("branch.test")] == ["a@branch.test"]
    assert [user.uri for user in users.of("pbx.test")] == ["a@pbx.test"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[[user]]\n", "user[0].name"),
        ('[[user]]\nname = "a@b"\n', "user[0].name"),
        ('[[user]]\nname = "a"\n', "user[0].ha1"),
        ('[[user]]\nname = "a"\nha1 = { MD5 = "00" }\n', "user[0].ha1"),
        ('[[user]]\nname = "a"\nha1 = { MD5 = "' + "0" * 32 + '" }\n', "user[0].ha1"),
        ('[[user]]\nname = "a"\npasword = "x"\n', "user[0].pasword"),
        ('[[user]]\nname = "a"\npassword = "x"\nrealm = "other.test"\n', "user[0].realm"),
        ('[[user]]\nname = "a"\npassword = "x"\nmax_calls = -1\n', "user[0]"),
        ('[[user]]\nname = "a"\npassword = "x"\n[[user]]\nname = "a"\npassword = "y"\n', "user.name"),
        ("user = 3", "user"),
        ("not toml", "the file"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert caught.value.key == key
    assert caught.value.file.endswith("users.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        Users.load(tmp_path / "nowhere.toml", DOMAINS)
