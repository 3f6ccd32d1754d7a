"""compare-forms.py LIST DIRECTORY: what `nix path-info --json` of Nix 2.8 printed, a list, in the
shapes that other versions print, a file for each."""

import base64
import json
import os
import sys

DIGITS = "0123456789abcdfghijklmnpqrsvwxyz"


def sri(nix32):
    """The SRI form of sha256:NIX32, whose first digit is of the last byte."""
    number = 0
    for digit in nix32.split(":")[1]:
        number = number * 32 + DIGITS.index(digit)
    return "sha256-" + base64.b64encode(number.to_bytes(32, "little")).decode()


def structured(address):
    """text:HASH, fixed:HASH or fixed:r:HASH as format 2 has it."""
    if address is None:
        return None
    kind, rest = address.split(":", 1)
    method = "text" if kind == "text" else "flat"
    if rest.startswith("r:"):
        method, rest = "nar", rest[2:]
    return {"method": method, "hash": sri(rest)}


def base(path):
    return path and path.rsplit("/", 1)[1]


def of_2_19(element):
    return {key: value for key, value in element.items() if key not in ("path", "valid")}


def of_2_23(element):
    absent = {
        "ca": None,
        "deriver": None,
        "registrationTime": None,
        "signatures": [],
        "ultimate": False,
    }
    return absent | of_2_19(element)


def of_format(version, element):
    store = os.path.dirname(element["path"])
    new = of_2_23(element) | {"storeDir": store, "version": version}
    if version >= 2:
        new["ca"] = structured(new["ca"])
        new["deriver"] = base(new["deriver"])
        new["references"] = [base(path) for path in new["references"]]
    if version >= 3:
        pairs = [signature.split(":", 1) for signature in new["signatures"]]
        new["signatures"] = [{"keyName": key, "sig": text} for key, text in pairs]
    return new


def wrapped(version, elements):
    return {
        "info": {base(e["path"]): of_format(version, e) for e in elements},
        "storeDir": os.path.dirname(elements[0]["path"]),
        "version": version,
    }


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        elements = json.load(file)
    shapes = {
        "2.15": [element | {"valid": True} for element in elements],
        "2.19": {e["path"]: of_2_19(e) for e in elements},
        "2.23": {e["path"]: of_2_23(e) for e in elements},
        "format-1": {e["path"]: of_format(1, e) for e in elements},
        "format-2": wrapped(2, elements),
        "format-3": wrapped(3, elements),
    }
    for name, shape in shapes.items():
        with open(os.path.join(sys.argv[2], name), "w", encoding="utf-8") as file:
            json.dump(shape, file, sort_keys=True)


main()
