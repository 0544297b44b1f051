#!/usr/bin/env python3
"""Verifies a Ringfence evidence pack offline: python3 -I verify.py PACK [--trust KEY]

Needs Python 3.9 or later and nothing else; opens no file but PACK and no connection. Exit 0: PASS, and the key given
with --trust signed the manifest and every checkpoint. Exit 1: anything else. Without --trust the best answer is
CONSISTENT, NOT TRUSTED: a forger can make a whole pack with a key of his own, so have the key from elsewhere.
It compares manifest and members both ways, checks Ed25519 signatures (c2sp.org/signed-note), puts each entry in its log
(RFC 6962, c2sp.org/tlog-proof), follows each opened leaf to a commitment that stands in the recipient's log before a
delivery, and computes score, threshold and verdict again.
"""

import base64
import hashlib
import json
import math
import os
import re
import struct
import sys
import unicodedata
import zlib

# The score tables of a first name, and of a name after one to five others. Other tables could be made to say anything.
SCORE_TABLES = ("3949d87b04a68ee81cfd74dc1e77bfaffd6181da4df18582af163e5f7a5fef27 "
                "e9576f9a46942530a87b56ddfe91a1156a9f56d25f12dd224918f5e2be09b9dd "
                "0e6731fffbd8688174dcd2d8a2d54952ec369af3e20b5a61d43335594f445772 "
                "682c9b0e46f15c5b2c3805ac734d7e971a8d103dbf9768797dbe56f50aedb719 "
                "c4a387b097df593fcb15cf52ff9602173169194072ff90d0444c946363bcef97 "
                "d1112b59b4871702dc61f5283f50d7a8dbbc23857acf0ea4d5260000658fca6d").split()
MAX_PACK, MAX_MEMBER, MAX_MEMBERS, MAX_RATIO = 256 << 20, 64 << 20, 10000, 200
MAX_INTEGER, MAX_DEPTH, MAX_ENTRY, MAX_FAILURES = 2**53 - 1, 32, 65535, 50
FAMILIES = set("function-order case-order list-order initialiser-order if-swap comparison increment parentheses "
               "braces hex-case qualifier-order self-type idiom comment-period blank-line conditional early-return "
               "statement-order bare-return compound-assignment self-qualifier modifier import-group".split())
OTHERS_NOTE = ("The owner's statement. The leaves of these recipients are not opened, so nobody can recompute these "
               "scores from the pack.")
LIMITS = """\
Only Ed25519 lines were checked; ML-DSA lines and witnesses' lines, if any, were not.
A result names a copy, never a person. A named copy is not a named thief.
Codewords are committed before delivery, so none can be chosen afterwards. That does not stop an owner who plants a copy
that he can make himself. What was read in the suspect, the family and longer form of each site, and the scores of other
recipients are the owner's statement. Admissible is not proven."""

class Refused(Exception):
    """Something in the pack is not as it must be."""
def need(condition, problem):
    if not condition:
        raise Refused(problem)

# The zip
def fields(data, at, layout):
    need(0 <= at <= len(data) - struct.calcsize(layout), "zip: a record beyond the end")
    return struct.unpack_from(layout, data, at)
def read_zip(data):
    """Members by name. Directory last, members tile the file in sorted order; any other zip is refused."""
    need(len(data) <= MAX_PACK, "zip: too large")
    end_at = len(data) - 22
    mark, disks, here, count, directory_size, directory_at, comment = fields(data, end_at, "<2I2H2IH")
    plain = (mark, disks, comment) == (0x06054B50, 0, 0) and here == count <= MAX_MEMBERS
    need(plain and directory_at + directory_size == end_at, "zip: no plain end of the directory")
    members, folded, at, data_at, total = {}, set(), directory_at, 0, 0
    for _ in range(count):
        entry = fields(data, at, "<I6H3I5H2I")
        need(entry[0] == 0x02014B50 and at + 46 + entry[10] <= end_at, "zip: a directory entry is missing")
        raw = data[at + 46 : at + 46 + entry[10]]
        plain = len(raw) <= 200 and re.fullmatch(rb"[A-Za-z0-9._/-]+", raw)
        need(plain and all(part.strip(b".") for part in raw.split(b"/")), "zip: a member name that is not allowed")
        name = raw.decode("ascii")
        sorted_so_far = name > next(reversed(members), "") and name.lower() not in folded
        need(sorted_so_far, "zip: %s is out of order, or there twice" % name)
        folded.add(name.lower())
        members[name], data_at = read_member(data, entry, data_at, directory_at, name)
        total += len(members[name])
        need(total <= MAX_PACK, "zip: members too large in all")
        at += 46 + entry[10] + entry[11] + entry[12]
    need(at == end_at and data_at == directory_at, "zip: bytes that belong to no member")
    return members
def read_member(data, entry, start, directory_at, name):
    flags, method, checksum, packed, size = entry[3], entry[4], entry[7], entry[8], entry[9]
    allowed = not flags & ~0x080E and method in (0, 8) and entry[13] == 0
    need(allowed and entry[16] == start, "zip: %s: flags, method, disk or place are not allowed" % name)
    local = fields(data, start, "<I5H3I2H")
    body = start + 30 + local[9]
    same = (local[0], local[2], local[3]) == (0x04034B50, flags, method) and data[start + 30 : body] == name.encode()
    need(same and (flags & 8 or local[6:9] == (checksum, packed, size)), "zip: %s: two headers differ" % name)
    body += local[10]
    need(size <= MAX_MEMBER and body + packed <= len(data), "zip: %s: size" % name)
    need(size <= 1 << 20 or size // MAX_RATIO <= packed, "zip: %s: inflates more than 200 times" % name)
    content, end = data[body : body + packed], body + packed
    if method == 8:
        inflater = zlib.decompressobj(-15)
        content = inflater.decompress(content, size + 1)
        whole = inflater.eof and not inflater.unused_data and not inflater.unconsumed_tail
        need(whole, "zip: %s: does not inflate" % name)
    need(len(content) == size and zlib.crc32(content) == checksum, "zip: %s: size or checksum is wrong" % name)
    if flags & 8:
        end += 4 if fields(data, end, "<I")[0] == 0x08074B50 else 0
        need(fields(data, end, "<3I") == (checksum, packed, size), "zip: %s: trailing description" % name)
        end += 12
    need(end <= directory_at, "zip: %s: runs into the directory" % name)
    return content, end

# Canonical JSON (RFC 8785 without floats)
def refuse_number(text):
    raise Refused("a number that is not an integer: %.20s" % text)
def pairs_once(pairs):
    found = dict(pairs)
    need(len(found) == len(pairs), "a key twice")
    return found
def check_value(value, depth):
    need(depth <= MAX_DEPTH, "too many levels")
    if type(value) is int:
        need(abs(value) <= MAX_INTEGER, "an integer beyond 2^53 - 1")
    elif type(value) is list:
        for item in value:
            check_value(item, depth + 1)
    elif type(value) is dict:
        for key, item in value.items():
            need(re.fullmatch("[ -~]*", key), "a key that is not printable ASCII")
            check_value(item, depth + 1)
def canonical(data):
    """The value, if these are exactly its canonical bytes."""
    hooks = {"parse_float": refuse_number, "parse_constant": refuse_number, "object_pairs_hook": pairs_once}
    value = json.loads(data.decode("utf-8"), **hooks)
    check_value(value, 0)
    again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(again.encode("utf-8") == data, "JSON is not in its canonical form")
    return value

U32, BIT, SCORE = range(2**32), range(2), range(-MAX_INTEGER, MAX_INTEGER + 1)
HASH, SITE, BLOB = (re.compile(form) for form in ("[0-9a-f]{64}", "[0-9a-f]{32}", "(?:[0-9a-f]{2}){1,64}"))
TIME = re.compile(r"[0-9]{4}-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?Z")
PATH = {"index": U32, "leaves": U32, "hashes": [HASH]}
READ = {"site": SITE, "family": FAMILIES, "long": BIT, "bias": range(3), "bit": BIT, "read": (BIT,), "touched": bool,
        "salt": HASH, "path": PATH}
BLOB_READS = {"blob": BLOB, "profile": {"robust", "steady"}, "root": HASH, "path": PATH, "commitment": str,
              "reads": [READ]}
EXHIBIT = {"file": str, "role": {"suspect", "owned", "other"}, "name": str, "sha256": HASH}
SHAPES = {
    "manifest.json": {"v": U32, "format": str, "case": str, "keys": [str],
                      "files": [{"path": str, "role": str, "sha256": HASH, "size": U32}]},
    "exhibits/claim.json": {
        "v": U32, "case": str, "made_at": str, "owner": str, "owner_log": str, "tool": str,
        "verdict": {"exact", "strong", "inconclusive", "none"}, "recipient": (str,), "recipient_log": (str,),
        "candidates": U32, "runs": U32, "error_exponent": U32, "score": (SCORE,), "threshold": (SCORE,),
        "sites_read": U32, "sites_erased": U32, "matches": [{"owned": str, "suspect": str, "percent": U32}],
        "alternatives": [{"name": str, "result": str, "variants": [(BIT,)], "explains": bool}], "exact_files": [str],
    },
    "exhibits/reads.json": {"v": U32, "blobs": [BLOB_READS]},
    "exhibits/others.json": {"v": U32, "note": str, "scores": [{"recipient": str, "micronats": SCORE}]},
    "exhibits/index.json": {"v": U32, "files": [EXHIBIT]},
    "agreement": {"v": U32, "id": str, "terms": str, "terms_sha256": HASH,
                  "signatures": [{"signatory": str, "time": str, "vouched_by": (str,), "document": (HASH,)}]},
    "custody": {"time": str, "actor": str, "step": str, "tool": str, "inputs": [HASH], "result": str},
    "exhibits/further.json": {"v": U32, "names": [{"blobs": [BLOB_READS]}]},
}
FURTHER = {"recipient": str, "recipient_log": str, "score": SCORE, "threshold": SCORE, "sites_read": U32}
SHAPES["claim 2"] = dict(SHAPES["exhibits/claim.json"], further=[FURTHER])
def shaped(value, shape):
    """Whether a value has exactly a shape; a tuple of one shape means that or null."""
    if isinstance(shape, tuple):
        return value is None or shaped(value, shape[0])
    if isinstance(shape, dict):
        same = type(value) is dict and value.keys() == shape.keys()
        return same and all(shaped(value[key], shape[key]) for key in shape)
    if isinstance(shape, list):
        return type(value) is list and all(shaped(item, shape[0]) for item in value)
    if isinstance(shape, re.Pattern):
        return type(value) is str and bool(shape.fullmatch(value))
    if isinstance(shape, (range, set)):
        return type(value) is (int if isinstance(shape, range) else str) and value in shape
    return type(value) is shape
def shaped_file(data, shape):
    value = canonical(data)
    need(shaped(value, SHAPES[shape]), "a member is missing, too many or of another type")
    return value

# Ed25519 (RFC 8032)
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
def add(a, b):
    """Sum of two points in extended coordinates (X, Y, Z, XY/Z); complete, so it doubles as well."""
    m = (a[1] - a[0]) * (b[1] - b[0]) % P
    n = (a[1] + a[0]) * (b[1] + b[0]) % P
    c, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, z - c, z + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)
def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result
def decode_point(data):
    """The point, or None when there is none or it is of small order (eight times it has x = 0)."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square:
        return None
    x = x if x & 1 == sign else -x % P
    point = (x, y, 1, x * y % P)
    return point if times(8, point)[0] else None
def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")

BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def ed25519_holds(public, message, signature):
    """Without cofactor, and with small points refused: one answer for each signature."""
    if len(signature) != 64:
        return False
    key, point, s = decode_point(public), decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or point is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus_key = (-key[0] % P, key[1], key[2], -key[3] % P)
    return encode_point(add(times(s, BASE), times(k, minus_key))) == signature[:32]

# Signed notes, checkpoints, proofs, statements
def unbase64(text, length=None):
    data = base64.b64decode(text.encode("ascii"), validate=True)
    need(base64.b64encode(data).decode("ascii") == text, "not canonical base64")
    need(length in (None, len(data)), "base64 of another length")
    return data
def check_key_name(name):
    need(name and not any(c.isspace() or c == "+" or c < " " for c in name), "a key name that is not allowed")

class Key:
    """A verifier key: name+hexid+base64(0x01 || Ed25519 key)."""
    def __init__(self, text):
        need(text.count("+") >= 2, "a verifier key is name+id+key")
        name, key_id, key = text.split("+", 2)
        key = unbase64(key, 33)
        need(key[0] == 1, "not an Ed25519 verifier key")
        check_key_name(name)
        self.text, self.name, self.public = text, name, key[1:]
        need(decode_point(self.public) is not None, "a weak key")
        need(self.fingerprint(name)[:4].hex() == key_id, "the key id does not fit name and key")
    def fingerprint(self, name):
        return hashlib.sha256(name.encode("utf-8") + b"\n\x01" + self.public).digest()

class Note:
    """A signed note: text and signature lines."""
    def __init__(self, data):
        need(len(data) <= 1 << 20, "note: too large")
        note = data.decode("utf-8")
        need(not any(c < " " and c != "\n" for c in note), "note: a control character")
        text, blank, lines = note.rpartition("\n\n")
        need(blank and lines.endswith("\n"), "note: no blank line before the signatures, or no newline at the end")
        self.text, self.lines = text + "\n", []
        for line in lines[:-1].split("\n"):
            name, space, signature = line[2:].partition(" ")
            need(line.startswith("\u2014 ") and space and len(self.lines) < 64, "note: a bad signature line")
            check_key_name(name)
            signature = unbase64(signature)
            need(len(signature) > 4, "note: an empty signature")
            self.lines.append((name, signature[:4], signature[4:]))
    def signers(self, keys):
        """The keys that signed, under any name: one key signs each log under its origin. A wrong line refuses."""
        found = []
        for name, key_id, signature in self.lines:
            for key in keys:
                if key.fingerprint(name)[:4] == key_id:
                    good = ed25519_holds(key.public, self.text.encode("utf-8"), signature)
                    need(good, "a signature does not verify")
                    found += [key] if key not in found else []
        need(found, "no signature is by a known key")
        return found
def decimal(text):
    need(re.fullmatch("0|[1-9][0-9]{0,19}", text) and int(text) < 2**64, "not a plain decimal")
    return int(text)
def read_proof(data):
    head, blank, checkpoint = data.decode("utf-8").partition("\n\n")
    lines = head.split("\n")
    good = blank and 2 <= len(lines) <= 68 and lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index ")
    need(good, "proof: not c2sp.org/tlog-proof@v1")
    return decimal(lines[1][6:]), [unbase64(line, 32) for line in lines[2:]], checkpoint.encode("utf-8")
def root_from(leaf, index, size, path):
    """The root to which an inclusion path leads (RFC 9162, 2.1.3.2); None when path and size do not fit."""
    if index >= size:
        return None
    last, found = size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        right = index & 1 or index == last
        pair = sibling + found if right else found + sibling
        found = hashlib.sha256(b"\x01" + pair).digest()
        while right and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return found if last == 0 else None
def read_statement(data):
    need(len(data) <= MAX_ENTRY, "statement: too large")
    value = canonical(data)
    need(type(value) is dict and type(value.get("v")) is int and value["v"] == 1, "statement: unknown version")
    kind, time, actor = value.get("kind"), value.get("time"), value.get("actor")
    need(all(type(text) is str for text in (kind, time, actor)), "statement: kind, time or actor")
    moment = TIME.fullmatch(time)
    need(re.fullmatch("[a-z0-9.-]{1,64}", kind) and moment, "statement: kind or time")
    month, day, hour, minute, second = (int(part) for part in moment.groups())
    need(1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 60, "statement: time")
    plain = not any(unicodedata.category(c) == "Cc" for c in actor)
    need(plain and 1 <= len(actor.encode("utf-8")) <= 200, "statement: actor")
    commitments = value.get("commitments", {})
    need(type(value.get("subjects")) is dict and type(commitments) is dict, "statement: subjects or commitments")
    need(all(shaped(item, HASH) for item in commitments.values()), "statement: commitments")
    return value

# The score: exact integers in units of 2^-32 nats inside, floating point only around them
def log_sum(terms):
    largest = max(terms)
    return largest + math.log(sum(math.exp(term - largest) for term in terms))
def cells(reads, known, accused=0):
    """Per family: how often each cell, or pair of cells of a touched site, occurs; `known` is 1 when the bit is. `accused`
    names come before, of whose bits at the site `ones` are one."""
    families, members = {}, accused + known + 1
    for read in reads:
        ones = read.get("ones", 0) + known * read["bit"]
        pair = [((2 * read["long"] + y) * members + ones) * 3 + read["bias"] for y in (0, 1)]
        cell = tuple(pair) if read["touched"] else (pair[read["read"]],)
        counts = families.setdefault(read["family"], {})
        counts[cell] = counts.get(cell, 0) + 1
    return families
def mixture(table, channels, counts, choose):
    """ln of the sum over channels of weight times product. Of a touched site's pair, `choose` takes one."""
    terms = []
    for values, channel in zip(channels, table["channels"]):
        units = sum(choose(values[cell] for cell in pair) * count for pair, count in counts.items())
        terms.append(math.log(channel["weight"] / 18000) + units / 2**32)
    return log_sum(terms)
def weights(table):
    whole = sum(hypothesis["weight"] for hypothesis in table["hypotheses"])
    return [math.log(hypothesis["weight"] / whole) for hypothesis in table["hypotheses"]]
def score(table, reads):
    above, below = cells(reads, 1, table["accused"]), cells(reads, 0, table["accused"])
    terms = []
    for weight, upper, lower in zip(weights(table), table["numerators"], table["denominators"]):
        for family in above:
            weight += mixture(table, upper, above[family], min) - mixture(table, lower, below[family], max)
        terms.append(weight)
    return log_sum(terms)
def explains_as_well(table, reads, variants):
    """Whether a known text is within a factor of 1,000 of the recipient, over the untouched sites that it has."""
    pairs = [(read, bit) for read, bit in zip(reads, variants) if bit is not None and not read["touched"]]
    recipient = cells([read for read, _ in pairs], 1).values()
    text = cells([dict(read, bit=bit) for read, bit in pairs], 1).values()
    likelihoods = [weight + sum(mixture(table, channels, counts, min) for counts in recipient)
                   for weight, channels in zip(weights(table), table["numerators"])]
    alone = sum(mixture(table, table["numerators"][0], counts, min) for counts in text)
    return log_sum(likelihoods) - alone <= 6.907755278982137

# The pack
FIXED = {
    "README.txt": "readme", "declaration.txt": "declaration", "custody.jsonl": "custody",
    "exhibits/claim.json": "claim", "exhibits/reads.json": "reads", "exhibits/others.json": "others",
    "exhibits/index.json": "index", "exhibits/score-table.json": "score-table", "verifier/verify.py": "verifier",
}
NUMBERED = {
    "statements/[0-9]{4}[.]json": "statement", "proofs/[0-9]{4}[.]tlog-proof": "proof",
    "agreement/[0-9]{4}[.]json": "agreement", "agreement/[0-9]{4}[.]terms": "terms",
    "exhibits/suspect/[0-9]{4}[.]bin": "suspect", "exhibits/owned/[0-9]{4}[.]bin": "owned",
    "exhibits/other/[0-9]{4}[.]bin": "other", "exhibits/further[.]json": "further",
    "exhibits/score-table/[0-9]{4}[.]json": "score-table",
}
def role_of(path):
    return FIXED.get(path) or next((NUMBERED[form] for form in NUMBERED if re.fullmatch(form, path)), None)
def sha256(data):
    return hashlib.sha256(data).hexdigest()
def opens(leaf, path, root):
    """Whether a leaf is under a root. A path of more than 64 hashes opens nothing."""
    siblings = [bytes.fromhex(text) for text in path["hashes"]]
    found = root_from(hashlib.sha256(leaf).digest(), path["index"], path["leaves"], siblings)
    return len(siblings) <= 64 and found == root

class Pack:
    """One verification: every check that does not hold adds to `failures`."""
    def __init__(self, data, trusted):
        self.trusted, self.all_trusted = trusted, bool(trusted)
        self.failures, self.signed_by, self.keys, self.claim, self.placed = [], [], [], None, {}
        self.attempt("pack", self.open, data)
        # What is not what was signed is not looked into.
        if not self.failures:
            for name in ("statements", "index", "agreements", "custody", "others", "reads"):
                self.attempt(name, getattr(self, "check_" + name))
    def attempt(self, where, action, *arguments):
        try:
            action(*arguments)
        except Exception as error:  # whatever a pack does to the verifier, the answer is a failure
            self.failures.append("%s: %s: %s" % (where, type(error).__name__, error))
    def open(self, data):
        self.members = read_zip(data)
        manifest = self.file("manifest.json")
        self.attempt("manifest.json", self.check_manifest, manifest)
        self.attempt("manifest.sig", self.check_signature, manifest)
        self.version = 2 if "exhibits/further.json" in self.members else 1
        self.claim = self.file("exhibits/claim.json", "claim 2" if self.version == 2 else None)
        self.further = self.claim.get("further", [])
        same = self.claim["v"] == self.version and self.claim["case"] == manifest["case"]
        need(same and bool(self.further) == (self.version == 2) and len(self.further) < 6, "claim: version, case or names")
    def file(self, name, shape=None):
        need(name in self.members, "%s is missing" % name)
        return shaped_file(self.members[name], shape or name)
    def check_manifest(self, manifest):
        need(manifest["v"] == 1 and manifest["format"] == "ringfence-pack", "unknown version")
        need(manifest["case"] and not any(c < " " for c in manifest["case"]), "the case is not one line")
        paths = [entry["path"] for entry in manifest["files"]]
        need(paths == sorted(set(paths)), "files are not sorted, or one is there twice")
        present = set(self.members) - {"manifest.json", "manifest.sig"}
        extra, missing = present - set(paths), (set(paths) | set(FIXED)) - present
        need(not extra and not missing, "not listed: %s; missing: %s" % (sorted(extra), sorted(missing)))
        for entry in manifest["files"]:
            content = self.members[entry["path"]]
            need(role_of(entry["path"]) == entry["role"], "%s has no such role" % entry["path"])
            same = sha256(content) == entry["sha256"] and len(content) == entry["size"]
            need(same, "%s differs from the manifest" % entry["path"])
    def check_signature(self, manifest):
        need(1 <= len(manifest["keys"]) <= 16, "not 1 to 16 keys")
        self.keys = [Key(text) for text in manifest["keys"]]
        note = Note(self.members["manifest.sig"])
        digest = sha256(self.members["manifest.json"])
        expected = "ringfence pack manifest v1\n%s\n%s\n" % (manifest["case"], digest)
        need(note.text == expected, "is over another manifest")
        self.signed_by = self.check_note(note)
    def check_note(self, note):
        try:
            note.signers(self.trusted)
        except Refused:
            self.all_trusted = False
        return note.signers(self.keys)
    def numbered(self, *roles):
        return sorted(name for name in self.members if role_of(name) in roles)
    def check_statements(self):
        heads, places, numbers = {}, set(), {name[11:15] for name in self.numbered("statement")}
        need({name[7:11] for name in self.numbered("proof")} == numbers, "statements and proofs do not pair")
        for name in self.numbered("statement"):
            statement = read_statement(self.members[name])
            index, path, checkpoint = read_proof(self.members["proofs/%s.tlog-proof" % name[11:15]])
            note = Note(checkpoint)
            need(note.text.count("\n") == 3 and note.text[0] != "\n", "%s: no checkpoint" % name)
            origin, size, root = note.text.split("\n")[:3]
            size, root = decimal(size), unbase64(root, 32)
            known = [self.claim["owner_log"], self.claim["recipient_log"]]
            known += [further["recipient_log"] for further in self.further]
            need(origin in known, "%s is in a log that the claim does not name" % name)
            if origin not in heads:
                self.check_note(note)
                heads[origin] = checkpoint
            need(heads[origin] == checkpoint, "%s: another checkpoint than the other entries of its log" % name)
            leaf = hashlib.sha256(b"\x00" + self.members[name]).digest()
            need(root_from(leaf, index, size, path) == root, "%s is not in its log" % name)
            need((origin, index) not in places, "%s is there twice" % name)
            places.add((origin, index))
            self.placed[name] = (statement, origin, index)
    def check_index(self):
        index = self.file("exhibits/index.json")
        names = [entry["file"] for entry in index["files"]]
        need(index["v"] == 1, "unknown version")
        need(names == self.numbered("suspect", "owned", "other"), "does not list every exhibit once, in order")
        for entry in index["files"]:
            same = sha256(self.members[entry["file"]]) == entry["sha256"]
            need(same and role_of(entry["file"]) == entry["role"], "%s is not that exhibit" % entry["file"])
        need(set(self.claim["exact_files"]) <= set(self.numbered("suspect")), "an exact file is not the suspect's")
    def check_agreements(self):
        for name in self.numbered("terms"):
            need(name.replace(".terms", ".json") in self.members, "%s belongs to no agreement" % name)
        for name in self.numbered("agreement"):
            paper, terms = self.file(name, "agreement"), name.replace(".json", ".terms")
            fits = paper["v"] == 1 and paper["terms"] == terms and terms in self.members
            need(fits and sha256(self.members[terms]) == paper["terms_sha256"], "%s: version or terms" % name)
    def check_custody(self):
        data = self.members["custody.jsonl"]
        need(not data or data.endswith(b"\n"), "is not lines")
        for line in data.split(b"\n")[:-1]:
            shaped_file(line, "custody")
    def check_others(self):
        others = self.file("exhibits/others.json")
        need(others["v"] == 1 and others["note"] == OTHERS_NOTE, "version or label is not the format's")
    def check_reads(self):
        file = self.file("exhibits/reads.json")
        need(file["v"] == 1, "unknown version")
        reads = self.opened(file["blobs"], self.claim)
        self.check_verdict(self.score_table("exhibits/score-table.json", 0), reads)
        self.check_further([reads])
    def score_table(self, name, accused):
        need(name in self.members and sha256(self.members[name]) == SCORE_TABLES[accused], "%s is another table" % name)
        return json.loads(self.members[name])
    def opened(self, blobs, whose):
        for blob in blobs:
            self.check_blob(blob, whose)
        reads = [read for blob in blobs for read in blob["reads"]]
        need(len({read["site"] for read in reads}) == len(reads), "a site is counted twice")
        return reads
    def check_further(self, names):
        """Each further name, scored given the leaves opened of those before it; a leaf that is not opened counts as 0."""
        tables = ["exhibits/score-table/%04d.json" % number for number in range(1, len(self.further) + 1)]
        present = [name for name in self.numbered("score-table") if name not in FIXED]
        need(tables == present, "other score tables than further names")
        file = self.file("exhibits/further.json") if self.version == 2 else {"v": 2, "names": []}
        need(file["v"] == 2 and len(file["names"]) == len(self.further), "further names: version or number")
        need(not file["names"] or self.claim["score"] is not None, "a further name without a first")
        for number, (claim, name) in enumerate(zip(self.further, file["names"]), 1):
            reads, before = self.opened(name["blobs"], claim), [{read["site"]: read["bit"] for read in n} for n in names]
            for read in reads:
                read["ones"] = sum(bits.get(read["site"], 0) for bits in before)
            table = self.score_table(tables[number - 1], number)
            right = reads and -0.001 <= score(table, reads) * 1e6 - claim["score"] <= 1.001
            need(right, "the score of a further name is another number")
            self.check_threshold(claim, math.log(math.comb(6, number)))
            count = sum(1 for read in reads if read["read"] is not None)
            need(count == claim["sites_read"], "sites read of a further name are another number")
            names.append(reads)
    def check_threshold(self, named, more):
        bound = math.log(self.claim["candidates"] * self.claim["runs"] / 10.0 ** -self.claim["error_exponent"]) + more
        need(-0.001 <= named["threshold"] - bound * 1e6 <= 1.001, "the threshold is another number")
        need(named["score"] >= named["threshold"], "names a copy below the threshold")
    def check_blob(self, blob, whose):
        need(blob["commitment"] in self.placed, "a commitment is no verified statement")
        statement, origin, index = self.placed[blob["commitment"]]
        recipient = statement["subjects"].get("recipient")
        own = statement["kind"] == "codeword-commitment" and origin == whose["recipient_log"]
        own = own and type(recipient) is str and recipient == whose["recipient"]
        need(own and shaped(statement.get("root"), HASH), "a commitment is not the recipient's, or has no root")
        later = (place == origin and position > index and other["kind"] == "delivery-begun"
                 for other, place, position in self.placed.values())
        need(any(later), "no delivery after a commitment is shown")
        blob_id, root = bytes.fromhex(blob["blob"]), bytes.fromhex(blob["root"])
        profile = bytes([("robust", "steady").index(blob["profile"])])
        leaf = b"\x00ringfence/mark/blob/v1\x00" + bytes([len(blob_id)]) + blob_id + profile + root
        need(opens(leaf, blob["path"], bytes.fromhex(statement["root"])), "a blob is not under the committed root")
        for read in blob["reads"]:
            need(read["read"] is not None or read["touched"], "a site that was not read is opened")
            site, salt = bytes.fromhex(read["site"]), bytes.fromhex(read["salt"])
            leaf = b"\x00ringfence/mark/leaf/v1\x00" + site + bytes([read["bias"], read["bit"]]) + salt
            need(opens(leaf, read["path"], root), "an opened leaf is not under its blob's root")
    def check_verdict(self, table, reads):
        claim, read = self.claim, sum(1 for read in reads if read["read"] is not None)
        need(read == claim["sites_read"], "sites read is another number")
        bounds = claim["candidates"] >= 1 and claim["runs"] >= 1 and 1 <= claim["error_exponent"] <= 18
        need(bounds, "candidates, runs or error exponent are out of range")
        for alternative in claim["alternatives"]:
            if alternative["variants"]:
                need(len(alternative["variants"]) == len(reads), "an alternative's variants do not fit the reads")
                explains = explains_as_well(table, reads, alternative["variants"])
                need(explains == alternative["explains"], "an alternative is judged wrongly")
        exact = claim["verdict"] == "exact"
        need(exact == bool(claim["exact_files"]), "exact files go with the verdict exact only")
        need(not exact or read >= 20, "exact needs at least 20 sites")
        if claim["verdict"] in ("inconclusive", "none"):
            silent = all(claim[key] is None for key in ("recipient", "recipient_log", "score", "threshold"))
            need(silent and not reads, "names no copy, yet opens or scores one")
            return
        need(claim["score"] is not None and claim["threshold"] is not None, "names a copy without a score")
        need(-0.001 <= score(table, reads) * 1e6 - claim["score"] <= 1.001, "the score is another number")
        self.check_threshold(claim, 0.0)
        explained = any(alternative["explains"] for alternative in claim["alternatives"])
        need(not explained, "names a copy though an alternative explains the reads as well")

def main(arguments):
    if len(arguments) not in (1, 3) or arguments[1:2] not in ([], ["--trust"]):
        print("usage: python3 -I verify.py PACK [--trust KEY]")
        return 1
    try:
        trusted = [Key(arguments[2])] if len(arguments) == 3 else []
        need(os.path.getsize(arguments[0]) <= MAX_PACK, "the pack is too large")
        with open(arguments[0], "rb") as file:
            pack = Pack(file.read(MAX_PACK + 1), trusted)
    except (OSError, ValueError, Refused) as error:
        print("FAIL\n- %s" % ascii(str(error)))
        return 1
    if pack.failures:
        print("FAIL", *("- " + ascii(failure)[1:-1] for failure in pack.failures[:MAX_FAILURES]), sep="\n")
        return 1
    claim = pack.claim
    print("PASS: TRUSTED" if pack.all_trusted else "PASS: CONSISTENT, NOT TRUSTED")
    for key in pack.signed_by:
        print("signed by %s\nfingerprint %s" % (ascii(key.text)[1:-1], key.fingerprint(key.name).hex()))
    print("case %s, verdict %s, candidates %d" % (ascii(claim["case"]), claim["verdict"], claim["candidates"]))
    if claim["recipient"] is not None:
        print("copy delivered to %s; %d sites read, %d could not be read; score %.6f, threshold %.6f nats; chance of"
              " naming an innocent recipient at most 1e-%d" % (
                  ascii(claim["recipient"]), claim["sites_read"], claim["sites_erased"], claim["score"] / 1e6,
                  claim["threshold"] / 1e6, claim["error_exponent"]))
    for name in pack.further:
        print("and the copy delivered to %s; %d sites read; score given the names before %.6f, threshold %.6f nats; chance"
              " of naming an innocent recipient here at most 1e-%d, in all at most %d times that" % (
                  ascii(name["recipient"]), name["sites_read"], name["score"] / 1e6, name["threshold"] / 1e6,
                  claim["error_exponent"], 1 + len(pack.further)))
    print(LIMITS)
    return 0 if pack.all_trusted else 1

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
