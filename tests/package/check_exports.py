#!/usr/bin/env python3
"""What the shared libraries export is what the public headers declare, and the private part for each other.

usage: check_exports.py HEADERS LIBRARY...     HEADERS: the installed folder include/gracevae

Prints how many symbols each library exports. Exit code 1 with the symbols that are wrong: of another library, of gracevae::impl under the
version of the public interface, declared in a header and not exported, or public and in no header.
"""
import collections
import pathlib
import re
import subprocess
import sys

# Statics of inline functions and type information count with what they belong to.
OURS = re.compile(r"_Z(?:T[A-Z]|GV)?Z?NK?8gracevae(4impl)?")
PRIVATE_ENTRY = "gracevae_model_library"


def nm(library, *options):
    lines = subprocess.run(["nm", "-Dp", "--defined-only", *options, library], check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split(maxsplit=2)[1:] for line in lines]


def declared(headers):
    """How many functions without a body the headers declare, by qualified name."""
    found = collections.Counter()
    for header in headers:
        text = re.sub(r"//.*", "", header.read_text())
        text = re.sub(r"^#.*", "", text, flags=re.M)
        scopes, statement, nested = [], "", 0
        for character in text:
            if nested or character == "(":  # of default arguments the braces count for nothing
                nested += (character == "(") - (character == ")")
                statement += character
            elif character == "{":
                scope = re.search(r".*\b(?:namespace|class|struct)\s+([\w:]+)[^()]*$", statement, re.S)
                scopes.append(scope[1] if scope else None)
                statement = ""
            elif character == "}":
                scopes.pop()
                statement = ""
            elif character == ";":
                statement = re.sub(r"\b(?:public|private|protected):", "", statement)
                while re.search(r"<[^<>]*>", statement):  # of function types the parentheses count for nothing
                    statement = re.sub(r"<[^<>]*>", "", statement)
                function = re.search(r"(operator\s*\S+?|~?\w+)\s*\(", statement)
                if function and None not in scopes and not re.search(r"\)[^()]*=\s*(?:default|delete)\s*$", statement):
                    found["::".join([*scopes, function[1]])] += 1
                statement = ""
            else:
                statement += character
    return found


def main(folder, libraries):
    headers = sorted(pathlib.Path(folder).glob("*.hpp"))
    words = set(re.findall(r"\w+", "".join(header.read_text() for header in headers)))
    wrong, exported = [], set()
    for library in libraries:
        n_public = n_private = 0
        for (kind, mangled), (_, plain) in zip(nm(library), nm(library, "-C")):
            if kind == "A":  # GNU ld has the names of the versions as symbols, too
                continue
            name, _, version = mangled.partition("@@")
            plain = plain.partition("@@")[0]
            ours = OURS.match(name)
            private = name == PRIVATE_ENTRY or ours and ours[1]
            if not ours and not private:
                wrong.append(f"{library}: of another library: {plain}")
            elif bool(private) != (version == "GRACEVAE_PRIVATE"):
                wrong.append(f"{library}: under version {version or 'none'}: {plain}")
            elif not private and kind in "TDBR":
                exported.add(plain.replace("[abi:cxx11]", ""))
            elif not private:  # of inline functions and type information
                part_of = re.search(r"gracevae::(\w+)[^(]*", plain)
                if part_of[1] not in words or "::Impl" in part_of[0]:
                    wrong.append(f"{library}: in no public header: {plain}")
            n_public, n_private = n_public + (not private), n_private + bool(private)
        print(f"{library}: {n_public} public symbols, {n_private} private")
    expected = declared(headers)
    found = collections.Counter(signature.partition("(")[0] for signature in exported)
    wrong += [f"declared {n} times, exported {found[name]} times: {name}" for name, n in sorted(expected.items()) if found[name] != n]
    wrong += [f"in no public header: {name}" for name in sorted(found) if name not in expected]
    print(f"{sum(expected.values())} functions of the public headers")
    print(*wrong[:50], sep="\n", end="\n" if wrong else "")
    return bool(wrong)


sys.exit(main(sys.argv[1], sys.argv[2:]))
