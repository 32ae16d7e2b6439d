"""TwiML documents as KAZOO's scanner sees them: elements, text, comments, and their lines.

Follows `xmerl_scan:string/1` of Erlang/OTP, not the XML recommendation: what xmerl rejects is
rejected, and what it lets pass is read. Nothing is fetched, neither a file nor a URL.
"""

from pivotctl.xml_document.nodes import Element, OtherNode, Text, XmlError
from pivotctl.xml_document.scanner import Document, parse_xml

__all__ = ["Document", "Element", "OtherNode", "Text", "XmlError", "parse_xml"]
