"""XML as KAZOO's scanner reads it, which is not always as the recommendation has it."""

from __future__ import annotations

import codecs

import pytest

from pivotctl.xml_document import Document, Element, OtherNode, Text, XmlError, parse_xml

DTD = "<!DOCTYPE Response [{}]>"


def scanned(text: str | bytes) -> Document:
    """Scan a document."""
    return parse_xml(text if isinstance(text, bytes) else text.encode())


def say(content: str, before: str = "") -> Element:
    """The Say of a document with this content."""
    return scanned(f"{before}<Response><Say>{content}</Say></Response>").root.elements[0]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        ("\n<![CDATA[x]]>\n", "x"),
        ("a<![CDATA[x]]>b", "axb"),
        ("<![CDATA[x]]>y", ""),
        ("<![CDATA[]]>y", ""),
        ("<b/>a<![CDATA[x]]>b", "ab"),
        ("<!-- c -->  a", "a"),
        ("a &amp; b &#65;&#x42;", "a & b AB"),
        ("&lt;b&gt;", "<b>"),
        ("a\r\nb\rc", "a\nb\nc"),
        (" \n \n x \n ", "\n x"),
        ("a]]&gt;", "a]]>"),
    ],
)
def test_text_is_one_run_of_the_kind_of_its_first_piece(content: str, text: str) -> None:
    """Text and CDATA are joined at the beginning of an element; newlines and spaces are cut."""
    assert say(content).text == text


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("a='x'", "x"),
        ("a = 'x'", "x"),
        ("a='x\r\n\ty'", "x   y"),
        ("a='&#32; \n x'", " x"),
        ("a='&lt;&quot;&#38;'", '<"&'),
        ("a='日'", "日"),
    ],
)
def test_whitespace_in_an_attribute_is_folded(attribute: str, value: str) -> None:
    """Every whitespace character becomes a space; a numbered space swallows those after it."""
    assert scanned(f"<R {attribute}/>").root.attributes == {"a": value}


@pytest.mark.parametrize("junk", ["&amp;", "\ufeff", "\0", "日", "x y", '"', "]]>", "<x", "&"])
def test_what_follows_the_root_is_ignored(junk: str) -> None:
    """Anything but a comment and a processing instruction ends the document."""
    assert scanned(f"<Response/>{junk}").root == Element("Response", {}, 1)


@pytest.mark.parametrize("junk", ["<!-- x", "<?x", "<!-- a -- b -->", "<?xml version='1.0'?>"])
def test_a_broken_comment_behind_the_root_is_not_ignored(junk: str) -> None:
    """Comments and processing instructions behind the root are scanned."""
    with pytest.raises(XmlError):
        scanned(f"<Response/>{junk}")


@pytest.mark.parametrize(
    "declaration",
    [
        '<?xml version="1.0"?>',
        "<?xml version='1x:0'?>",
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
        '<?xml version="1.0" encoding=xutf-8x?>',
        '<?xml version="1.0" encoding="us-ascii"?>',
        '\ufeff<?xml version="1.0" encoding="bogus"?>',
        '\ufeff<?xml version="1.0" encoding="UTF-16"?>',
    ],
)
def test_a_declaration_that_kazoo_reads(declaration: str) -> None:
    """After a byte order mark the encoding of the declaration does not matter."""
    assert scanned(f"{declaration}<Response/>").root.name == "Response"


@pytest.mark.parametrize(
    "declaration",
    [
        "<?xml?>",
        '<?xml encoding="UTF-8"?>',
        '<?xml version="1.0" standalone="maybe"?>',
        '<?xml-- version="1.0"?>',
        ' <?xml version="1.0"?>',
        *(
            f'<?xml version="1.0" encoding="{name}"?>'
            for name in ("utf8", "windows-1252", "latin-1", "UTF-16", "Shift_JIS", "GBK", "x-bogus")
        ),
    ],
)
def test_a_declaration_that_kazoo_rejects(declaration: str) -> None:
    """An encoding that xmerl does not know makes it reject the document."""
    with pytest.raises(XmlError):
        scanned(f"{declaration}<Response/>")


def test_a_declared_encoding_garbles_utf8() -> None:
    """A body in UTF-8 that calls itself Latin-1 is read byte by byte."""
    assert say("é", '<?xml version="1.0" encoding="ISO-8859-1"?>').text == "Ã©"


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("<?xml version='1.0'?><R/>".encode("utf-16-le"), True),
        ("<R/>".encode("utf-16-le"), False),
        ("<R/>".encode("utf-32-be"), True),
        (codecs.BOM_UTF8 + b"<R/>", True),
        (codecs.BOM_UTF8 + codecs.BOM_UTF8 + b"<R/>", False),
        (b"\xff\xfe<\0R\0/\0>\0", False),
        (b"<R>\xe9</R>", False),
        (b"", False),
    ],
)
def test_bytes_are_decoded_by_their_beginning(body: bytes, *, read: bool) -> None:
    """UTF-16 without a mark is recognized by its declaration alone."""
    try:
        assert parse_xml(body).root.name == "R"
    except XmlError:
        assert not read
    else:
        assert read


@pytest.mark.parametrize(
    ("declarations", "content", "text"),
    [
        ('<!ENTITY a "b">', "&a;", "b"),
        ('<!ENTITY a "b"><!ENTITY c "&a;&a;">', "&c;", "bb"),
        ('<!ENTITY a "b"><!ENTITY a "c">', "&a;", "b"),
        ("<!ENTITY % p \"<!ENTITY q 'r'>\">%p;", "&q;", "r"),
        ('<!ENTITY l "&#38;#60;">', "&l;b", "<b"),
        ('<!ENTITY h SYSTEM "http://x/y">', "&h;", "http://x/y"),
        ('<!ATTLIST Say voice CDATA "alice">', "x", "x"),
        ("<!ELEMENT Say (#PCDATA|b)*><!NOTATION n PUBLIC 'x'>", "x", "x"),
    ],
)
def test_a_document_type_is_read(declarations: str, content: str, text: str) -> None:
    """Entities are replaced; default values of attributes are not."""
    found = say(content, DTD.format(declarations))
    assert (found.text, found.attributes) == (text, {})


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE Response SYSTEM "twiml.dtd">',
        '<!DOCTYPE Response PUBLIC "x" "file:///nowhere.dtd">',
        DTD.format('<!ENTITY a "&b;"><!ENTITY b "&a;">'),
        DTD.format('<!ENTITY a SYSTEM "nowhere">') + "<Response>&a;</Response>",
        DTD.format("<!ELEMENT Say>"),
        DTD.format('<!ENTITY a "</b>">') + "<Response>&a;</Response>",
    ],
)
def test_a_document_type_that_kazoo_rejects(before: str) -> None:
    """An external one that is not there, a circle, a declaration that is none."""
    with pytest.raises(XmlError):
        scanned(f"{before}<Response/>")


def test_a_document_type_at_an_http_address_is_ignored() -> None:
    """Xmerl fetches nothing over HTTP."""
    assert scanned('<!DOCTYPE Response SYSTEM "http://x/y.dtd"><Response/>').root.name == "Response"


def test_a_file_is_named_and_never_read() -> None:
    """KAZOO would read the file on its own server; here only its name is known."""
    found = scanned(DTD.format('<!ENTITY e SYSTEM "file:///etc/passwd">') + "<R>\n&e;</R>")
    assert found.files == (("file:///etc/passwd", 2),)
    assert found.root.text == "(what is in file:///etc/passwd on KAZOO's server)"


def test_a_bomb_of_entities_is_refused() -> None:
    """Entities may expand to a million characters."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    bomb = DTD.format(f'<!ENTITY e0 "xxxxxxxxxx">{levels}')
    with pytest.raises(XmlError, match="more than"):
        say("&e8;", bomb)


@pytest.mark.parametrize(
    "text",
    [
        "<R a='1' a='2'/>",
        "<R a='<'/>",
        "<R a='1'b='2'/>",
        "<R a=1/>",
        "<R>&copy;</R>",
        "<R>a & b</R>",
        "<R>&#0;</R>",
        "<R>&#xD800;</R>",
        "<R>&#99999999999999999999;</R>",
        "<R>]]></R>",
        "<R>\x01</R>",
        "<R>\uffff</R>",
        "<R><!-- a -- b --></R>",
        "<R></S>",
        "<R",
        "<R>",
        "< R/>",
        "<1/>",
        f"<{'x' * 256}/>",
        "<R><?xml x?></R>",
        "",
    ],
)
def test_what_is_not_xml(text: str) -> None:
    """The error names a line."""
    with pytest.raises(XmlError) as error:
        scanned(text)
    assert error.value.line == 1


def test_nodes_have_their_lines() -> None:
    """Comments and instructions are nodes, and entities do not disturb the count."""
    root = scanned("<R>a&amp;\n<!-- c -->\n<?p?><S/></R>").root
    assert root.children == [Text("a&\n", 1), OtherNode(2), OtherNode(3), Element("S", {}, 3)]


def test_depth_does_not_matter() -> None:
    """Ten thousand elements inside each other are scanned."""
    assert scanned("<R>" * 10_000 + "</R>" * 10_000).root.name == "R"
