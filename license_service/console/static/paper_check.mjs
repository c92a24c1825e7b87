// Check what is said of a paper, with WebCrypto alone. Nothing here draws; nothing passes that was not computed.
// Formats: docs/papers.md; the log: docs/proof.md (c2sp.org/tlog-proof, tlog-checkpoint, signed-note; RFC 9162).

export const PASSED = "passed", FAILED = "failed", UNCHECKED = "unchecked";
const STATEMENT = "license-service/paper-statement/v1";
const utf8 = new TextEncoder();

class Fails extends Error {}
class Unable extends Error {}
const need = (fact, code) => { if (!fact) throw new Fails(code); };

// One value, one encoding: padding bits that are not zero are refused.
function bytes(base64, code) {
  try {
    const text = atob(base64);
    need(btoa(text).replace(/=+$/, "") === base64.replace(/=+$/, ""), code);
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch {
    throw new Fails(code);
  }
}

const url64 = (text, code) => bytes(text.replaceAll("-", "+").replaceAll("_", "/"), code);
const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (one, other) => hex(one) === hex(other);

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
  return whole;
}

function json(data, code) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data));
  } catch {
    throw new Fails(code);
  }
}

// RFC 8785 without floats: JavaScript's own order of member names is that of UTF-16 code units.
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

async function sha256(subtle, ...parts) {
  return new Uint8Array(await subtle.digest("SHA-256", join(...parts)));
}

// ---- the signed statement (RFC 7515, ES256)

async function openStatement(subtle, answer) {
  const parts = String(answer.jws).split(".");
  need(parts.length === 3, "SIGNATURE_MALFORMED");
  const header = json(url64(parts[0], "SIGNATURE_MALFORMED"), "SIGNATURE_MALFORMED");
  need(header.alg === "ES256" && !("crit" in header), "SIGNATURE_MALFORMED");
  const jwk = answer.keys.find((key) => key.kid === header.kid);
  need(jwk !== undefined, "SIGNATURE_KEY_UNKNOWN");
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await subtle.importKey("jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, curve, false, ["verify"])
    .catch(() => { throw new Fails("SIGNATURE_KEY_UNKNOWN"); });
  const signature = url64(parts[2], "SIGNATURE_MALFORMED");
  const holds = await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, utf8.encode(`${parts[0]}.${parts[1]}`));
  need(holds, "SIGNATURE_INVALID");
  const statement = json(url64(parts[1], "SIGNATURE_MALFORMED"), "SIGNATURE_MALFORMED");
  need(statement.format === STATEMENT, "SIGNATURE_MALFORMED");
  return statement;
}

// ---- the log

function parseReceipt(text) {
  const split = text.indexOf("\n\n");
  need(split > 0, "RECEIPT_MALFORMED");
  const lines = text.slice(0, split).split("\n");
  need(lines.shift() === "c2sp.org/tlog-proof@v1", "RECEIPT_MALFORMED");
  if (lines[0]?.startsWith("extra ")) lines.shift();
  const index = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? "");
  need(index !== null && Number.isSafeInteger(Number(index[1])), "RECEIPT_MALFORMED");
  const proof = lines.map((line) => bytes(line, "RECEIPT_MALFORMED"));
  need(proof.every((hash) => hash.length === 32) && proof.length <= 64, "RECEIPT_MALFORMED");
  return { index: Number(index[1]), proof, note: text.slice(split + 2) };
}

function parseCheckpoint(note) {
  const split = note.lastIndexOf("\n\n");
  need(split > 0 && note.endsWith("\n"), "CHECKPOINT_MALFORMED");
  const text = note.slice(0, split + 1);
  const [origin, size, root] = text.split("\n");
  need(/^[1-9][0-9]*$/.test(size) && Number.isSafeInteger(Number(size)), "CHECKPOINT_MALFORMED");
  return { text, origin, size: Number(size), root: bytes(root, "CHECKPOINT_MALFORMED"), lines: note.slice(split + 2, -1).split("\n") };
}

// Clause: RFC 9162, 2.1.3.2.
async function rootOf(subtle, entry, index, size, proof) {
  need(index < size, "INCLUSION_PROOF_INVALID");
  const node = (left, right) => sha256(subtle, Uint8Array.of(1), left, right);
  const half = (number) => Math.floor(number / 2);
  let at = index, last = size - 1, hash = await sha256(subtle, Uint8Array.of(0), entry);
  for (const sibling of proof) {
    need(last !== 0, "INCLUSION_PROOF_INVALID");
    if (at % 2 === 1 || at === last) {
      hash = await node(sibling, hash);
      while (at !== 0 && at % 2 === 0) { at = half(at); last = half(last); }
    } else hash = await node(hash, sibling);
    at = half(at); last = half(last);
  }
  need(last === 0, "INCLUSION_PROOF_INVALID");
  return hash;
}

async function checkInclusion(subtle, log, statement) {
  const data = bytes(log.entry, "ENTRY_MALFORMED");
  const entry = json(data, "ENTRY_MALFORMED");
  need(entry.kind === "paper.issued" && entry.data?.digest === statement.digest && entry.case === statement.case, "ENTRY_OF_ANOTHER_PAPER");
  const { index, proof, note } = parseReceipt(log.receipt);
  const checkpoint = parseCheckpoint(note);
  const root = await rootOf(subtle, data, index, checkpoint.size, proof);
  need(same(root, checkpoint.root), "INCLUSION_PROOF_INVALID");
}

async function checkCheckpoint(subtle, log) {
  const { text, origin, lines } = parseCheckpoint(parseReceipt(log.receipt).note);
  const [name, id, ...rest] = log.key.split("+"); // base64 may hold plus signs too
  const raw = bytes(rest.join("+"), "CHECKPOINT_KEY_UNKNOWN");
  need(raw[0] === 1 && raw.length === 33 && origin === name, "CHECKPOINT_KEY_UNKNOWN");
  const signatures = lines.map((line) => line.split(" ")).filter((words) => words.length === 3 && words[0] === "\u2014" && words[1] === name)
    .map((words) => bytes(words[2], "CHECKPOINT_MALFORMED")).filter((signature) => hex(signature.subarray(0, 4)) === id);
  need(signatures.length > 0, "CHECKPOINT_KEY_UNKNOWN");
  const key = await subtle.importKey("raw", raw.subarray(1), { name: "Ed25519" }, false, ["verify"])
    .catch(() => { throw new Unable("ED25519_UNAVAILABLE"); });
  for (const signature of signatures) {
    need(await subtle.verify({ name: "Ed25519" }, key, signature.subarray(4), utf8.encode(text)), "CHECKPOINT_SIGNATURE_INVALID");
  }
}

// ---- the whole

async function outcome(name, check) {
  try {
    await check();
    return { name, outcome: PASSED, code: "" };
  } catch (error) {
    if (error instanceof Fails) return { name, outcome: FAILED, code: error.message };
    if (error instanceof Unable) return { name, outcome: UNCHECKED, code: error.message };
    return { name, outcome: FAILED, code: "UNREADABLE" };
  }
}

const readCode = (typed) => typed.toUpperCase().replace(/[- ]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");

// `asked` is the code in the address, `printed` the digest behind it, empty where no QR code was scanned.
// Returns the statement only if it is signed.
export async function checkPaper(subtle, answer, asked, printed) {
  const names = ["signature", "code", "printed", "log", "checkpoint"];
  if (subtle === undefined) {
    return { statement: null, checks: names.map((name) => ({ name, outcome: UNCHECKED, code: "CONTEXT_INSECURE" })) };
  }
  let statement = null;
  const signature = await outcome("signature", async () => { statement = await openStatement(subtle, answer); });
  const given = (fact, code, check) => async () => { if (!fact) throw new Unable(code); await check(); };
  const signed = (check) => given(statement !== null, "SIGNATURE_FIRST", check);
  const logged = (check) => signed(given(answer.log !== null, "RECEIPT_PENDING", check));
  return {
    statement,
    checks: [
      signature,
      await outcome("code", signed(async () => need(readCode(asked) === statement.code, "CODE_MISMATCH"))),
      await outcome("printed", signed(given(printed !== "", "DIGEST_NOT_PRINTED", async () => need(`sha256:${printed}` === statement.digest, "DIGEST_MISMATCH")))),
      await outcome("log", logged(() => checkInclusion(subtle, answer.log, statement))),
      await outcome("checkpoint", logged(() => checkCheckpoint(subtle, answer.log))),
    ],
  };
}

// Compare a paper, as `GET /v1/cases/{id}/papers/{kind}` gives it in JSON, with the signed statement.
export async function checkWhole(subtle, statement, file) {
  return outcome("whole", async () => {
    const paper = json(file, "PAPER_MALFORMED").paper;
    need(paper !== undefined && paper !== null, "PAPER_MALFORMED");
    const digest = await sha256(subtle, utf8.encode(JSON.stringify(sorted(paper))));
    need(`sha256:${hex(digest)}` === statement.digest, "PAPER_CHANGED");
  });
}
