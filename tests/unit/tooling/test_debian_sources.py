"""Choosing the mirror of test packages from the machine's apt sources."""

from textwrap import dedent

from tests.debian.apt import Mirror, Source, debian_mirrors, parse_deb822, parse_list

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def one_line(text: str) -> list[Source]:
    return list(parse_list(dedent(text)))


def deb822(text: str) -> list[Source]:
    return list(parse_deb822(dedent(text)))


def test_one_line_entries() -> None:
    sources = one_line("""\
        # deb http://commented.example/debian bookworm main
        deb http://mirror.example/debian bookworm main contrib # the main archive
        deb-src http://mirror.example/debian bookworm main
        deb [ arch=amd64,arm64 signed-by=/keys/debian.gpg lang+=de ] http://mirror.example/debian trixie main

        nonsense
        """)
    assert sources == [
        Source(("http://mirror.example/debian",), ("bookworm",), ("main", "contrib"), {}),
        Source(
            ("http://mirror.example/debian",),
            ("trixie",),
            ("main",),
            {"architectures": "amd64 arm64", "signed-by": "/keys/debian.gpg", "lang": "de"},
        ),
    ]


def test_deb822_stanzas() -> None:
    sources = deb822(f"""\
        # The main archive
        Types: deb deb-src
        URIs: http://one.example/debian
          http://two.example/debian
        # a comment inside a stanza doesn't end it
        Suites: bookworm bookworm-updates
        Components: main
        signed-by: {KEYRING}

        Types: deb-src
        URIs: http://sources.example/debian
        Suites: bookworm
        Components: main
        \t
        Enabled: no
        Types: deb
        URIs: http://disabled.example/debian
        Suites: bookworm
        Components: main
        """)
    assert sources == [
        Source(
            ("http://one.example/debian", "http://two.example/debian"),
            ("bookworm", "bookworm-updates"),
            ("main",),
            {"signed-by": KEYRING},
        )
    ]


def test_key_inside_a_stanza_is_kept_whole() -> None:
    (source,) = deb822("""\
        Types: deb
        URIs: http://mirror.example/debian
        Suites: bookworm
        Components: main
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS
         -----END PGP PUBLIC KEY BLOCK-----
        """)
    (mirror,) = debian_mirrors([source], "amd64")
    (again,) = parse_deb822(mirror.stanza("sid", "amd64"))
    assert again.suites == ("sid",)
    assert again.options["signed-by"] == source.options["signed-by"]
    assert again.options["signed-by"].count("\n") == 4


def test_debians_main_archive_is_recognized() -> None:
    sources = [
        *one_line("""\
            deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main
            deb [signed-by=/keys/vendor.gpg] https://vendor.example bookworm main
            deb https://vendor.example/debian bookworm stable
            deb http://mirror.example/debian-security bookworm-security main
            """),
        *deb822(f"""\
            Types: deb
            URIs: http://mirror.example/debian/
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: {KEYRING}
            Check-Valid-Until: no
            """),
    ]
    likeliest, *others = debian_mirrors(sources, "amd64")
    assert likeliest == Mirror(
        "http://mirror.example/debian/", {"signed-by": KEYRING, "check-valid-until": "no"}
    )
    assert [mirror.uri for mirror in others] == ["https://vendor.example"]


def test_updates_on_lines_of_their_own_count_too() -> None:
    sources = one_line("""\
        deb http://vendor.example/debian stable main
        deb http://mirror.example/archive bookworm main
        deb http://mirror.example/archive bookworm-updates main
        """)
    assert [mirror.uri for mirror in debian_mirrors(sources, "amd64")] == [
        "http://mirror.example/archive",
        "http://vendor.example/debian",
    ]


def test_sources_of_other_architectures_are_left_out() -> None:
    sources = one_line("""\
        deb [arch=armhf] http://ports.example/debian bookworm main
        deb [arch=amd64] http://mirror.example/debian bookworm main
        """)
    assert [mirror.uri for mirror in debian_mirrors(sources, "amd64")] == ["http://mirror.example/debian"]


def test_other_distributions_have_no_mirror_of_debian() -> None:
    assert debian_mirrors(one_line("deb http://archive.example/ubuntu noble main universe"), "amd64") == []


def test_stanza_asks_for_package_lists_of_one_architecture_only() -> None:
    mirror = Mirror("http://mirror.example/debian", {"signed-by": KEYRING})
    assert mirror.stanza("sid", "arm64") == (
        "Types: deb\n"
        "URIs: http://mirror.example/debian\n"
        "Suites: sid\n"
        "Components: main\n"
        "Architectures: arm64\n"
        "Targets: Packages\n"
        f"Signed-By: {KEYRING}\n"
    )
