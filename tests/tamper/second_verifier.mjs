// A second verifier of evidence bundles, after docs/proof.md: the format is the promise, not the code.
// Usage: node second_verifier.mjs POLICY BUNDLE... ; prints `ok` or `refused` for each bundle.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leafHash = (entry) => sha(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha(Buffer.from([1]), left, right);
const need = (fact, what) => { if (!fact) throw new Error(what); };

function base64(text) {
  const data = Buffer.from(text, "base64");
  need(data.toString("base64") === text, "base64");
  return data;
}

function ed25519(raw, message, signature) {
  const key = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]), format: "der", type: "spki" });
  return verify(null, message, key, signature);
}

// ---- policy (c2sp.org/tlog-policy)

function parseKey(text) {
  const [name, id, ...rest] = text.split("+"); // base64 may hold plus signs too
  const encoded = rest.join("+");
  const key = base64(encoded);
  need(sha(Buffer.from(`${name}\n`), key).subarray(0, 4).toString("hex") === id, "key id");
  return { name, id, kind: key[0], raw: key.subarray(1) };
}

function parsePolicy(text) {
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  for (const line of text.split("\n")) {
    const words = line.trim().split(/[ \t]+/);
    if (words[0] === "" || words[0].startsWith("#")) continue;
    if (words[0] === "log") policy.logs.push(parseKey(words[1]));
    else if (words[0] === "witness") policy.witnesses.set(words[1], parseKey(words[2]));
    else if (words[0] === "group") {
      const members = words.slice(3);
      policy.groups.set(words[1], { members, needed: words[2] === "any" ? 1 : words[2] === "all" ? members.length : Number(words[2]) });
    } else if (words[0] === "quorum") policy.quorum = words[1];
    else throw new Error("policy");
  }
  return policy;
}

function witnessed(policy, name, signers) {
  if (name === "none") return true;
  if (policy.witnesses.has(name)) return signers.has(policy.witnesses.get(name));
  const group = policy.groups.get(name);
  return group.members.filter((member) => witnessed(policy, member, signers)).length >= group.needed;
}

// ---- signed checkpoints (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature)

function openCheckpoint(policy, bytes) {
  const note = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  need(!/[\u0000-\u0009\u000b-\u001f]/.test(note), "control characters");
  const split = note.lastIndexOf("\n\n");
  need(split >= 0 && note.endsWith("\n"), "note");
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split("\n");
  need(lines.length <= 64, "signatures");
  const keys = [...policy.logs, ...policy.witnesses.values()];
  const signers = new Set();
  for (const line of lines) {
    const words = line.split(" ");
    need(words.length === 3 && words[0] === "\u2014", "signature line");
    const raw = base64(words[2]);
    need(raw.length > 4, "signature line");
    const key = keys.find((k) => k.name === words[1] && k.id === raw.subarray(0, 4).toString("hex"));
    if (key === undefined || key.kind === 0xff) continue;
    const signature = raw.subarray(4);
    if (key.kind === 4) {
      need(signature.length === 72, "cosignature");
      const time = signature.readBigUInt64BE(0);
      need(time < 1n << 63n, "cosignature");
      need(ed25519(key.raw, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), signature.subarray(8)), "cosignature");
    } else need(signature.length === 64 && ed25519(key.raw, Buffer.from(text), signature), "signature");
    signers.add(key);
  }
  const [origin, size, root, ...rest] = text.split("\n");
  need(rest.pop() === "" && rest.every((line) => line !== "") && origin !== "", "checkpoint");
  need(/^(0|[1-9][0-9]*)$/.test(size) && Number.isSafeInteger(Number(size)), "checkpoint");
  need([...signers].some((key) => key.name === origin && key.kind !== 4), "origin");
  need(witnessed(policy, policy.quorum, signers), "quorum");
  const hash = base64(root);
  need(hash.length === 32, "checkpoint");
  return { origin, size: Number(size), root: hash, text };
}

// ---- the tree (RFC 9162, 2.1)

class Stack {
  constructor() { this.items = []; this.size = 0; }
  push(level, hash) {
    this.size += 2 ** level;
    while (this.items.length && this.items.at(-1).level === level) { hash = nodeHash(this.items.pop().hash, hash); level += 1; }
    this.items.push({ level, hash });
  }
  root() { return this.items.map((item) => item.hash).reduceRight((right, left) => nodeHash(left, right)); }
}

function levels(begin, end) {
  const found = [];
  while (begin < end) {
    let level = 0;
    while (begin % 2 ** (level + 1) === 0 && begin + 2 ** (level + 1) <= end) level += 1;
    found.push(level);
    begin += 2 ** level;
  }
  return found;
}

function verifyConsistency(old, next, proof) {
  const path = Number.isInteger(Math.log2(old.size)) ? [old.root, ...proof] : [...proof];
  need(proof.length > 0, "consistency");
  let node = old.size - 1, last = next.size - 1;
  const half = (n) => Math.floor(n / 2);
  while (node % 2 === 1) { node = half(node); last = half(last); }
  let oldRoot = path[0], newRoot = path[0];
  for (const hash of path.slice(1)) {
    need(last !== 0, "consistency");
    if (node % 2 === 1 || node === last) {
      oldRoot = nodeHash(hash, oldRoot);
      newRoot = nodeHash(hash, newRoot);
      while (node !== 0 && node % 2 === 0) { node = half(node); last = half(last); }
    } else newRoot = nodeHash(newRoot, hash);
    node = half(node); last = half(last);
  }
  need(last === 0 && oldRoot.equals(old.root) && newRoot.equals(next.root), "consistency");
}

// ---- the bundle

function openTar(data) {
  let place = 0;
  const take = (count) => { need(place + count <= data.length, "ends early"); place += count; return data.subarray(place - count, place); };
  return {
    member(name) {
      const header = take(512);
      const text = header.subarray(124, 135).toString("latin1");
      need(/^[0-7]{11}$/.test(text), "size");
      const size = parseInt(text, 8);
      const wanted = Buffer.alloc(512);
      wanted.write(name, 0);
      for (const [offset, value] of [[100, "0000444\0"], [108, "0000000\0"], [116, "0000000\0"], [124, `${text}\0`], [136, "00000000000\0"], [148, "        "], [156, "0"], [257, "ustar\x0000"]]) wanted.write(value, offset, "latin1");
      wanted.write(`${wanted.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      need(header.equals(wanted), `no ${name}`);
      const content = take(size);
      need(take((512 - (size % 512)) % 512).every((byte) => byte === 0), "padding");
      return content;
    },
    end() { need(place + 1024 === data.length && take(1024).every((byte) => byte === 0), "end"); },
  };
}

function hashes(content) {
  const lines = content.toString("latin1").split("\n");
  need(lines.pop() === "", "proof");
  return lines.map((line) => { const hash = base64(line); need(hash.length === 32, "proof"); return hash; });
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") { need(typeof value !== "number" || Number.isInteger(value), "number"); return value; }
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

function canonical(content) {
  const value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content));
  need(value !== null && typeof value === "object" && !Array.isArray(value), "object");
  need(Buffer.from(JSON.stringify(sorted(value))).equals(content), "canonical");
  return value;
}

function verifyRun(tar, manifest, checkpoints, [begin, end], found) {
  const head = checkpoints.at(-1);
  const proof = hashes(tar.member(`runs/${begin}-${end}.proof`));
  const content = tar.member(`runs/${begin}-${end}.entries`);
  const before = levels(0, begin), after = levels(end, head.size);
  need(proof.length === before.length + after.length, "run proof");
  const stack = new Stack();
  before.forEach((level, n) => stack.push(level, proof[n]));
  let place = 0;
  while (place < content.length) {
    need(place + 2 <= content.length, "entry");
    const stop = place + 2 + content.readUInt16BE(place);
    need(stop <= content.length && stack.size < end, "entry");
    const data = content.subarray(place + 2, stop);
    const entry = canonical(data);
    need(entry.v === 1, "version");
    follow(manifest, entry, found);
    stack.push(0, leafHash(data));
    place = stop;
  }
  need(stack.size === end, "entries missing");
  after.forEach((level, n) => stack.push(level, proof[before.length + n]));
  need(stack.root().equals(head.root), "root");
}

function follow(manifest, entry, found) {
  found.entries += 1;
  if (typeof entry.data?.policy === "string") found.policies.add(entry.data.policy);
  if (typeof entry.case !== "string") return;
  const last = found.cases.get(entry.case);
  const whole = manifest.case !== null || manifest.runs[0][0] === 0;
  need(Number.isInteger(entry.seq) && entry.seq > 0, "sequence");
  need(last === undefined ? !whole || entry.seq === 1 : entry.seq === last + 1, "sequence");
  found.cases.set(entry.case, entry.seq);
}

function grows(numbers) { return numbers.every((n, i) => Number.isSafeInteger(n) && n >= 0 && (i === 0 || numbers[i - 1] < n)); }

function verifyBundle(policy, data) {
  const tar = openTar(data);
  const manifest = canonical(tar.member("manifest.json"));
  const stamps = manifest.stamps ?? [];
  const inputs = manifest.inputs ?? [];
  need(manifest.format === `license-service/evidence-bundle/v${stamps.length || inputs.length ? 2 : 1}`, "format");
  const names = ["case", "checkpoints", "format", ...(inputs.length ? ["index", "inputs"] : []), "origin", "policies", "runs", ...(stamps.length ? ["stamps"] : [])];
  need(Object.keys(manifest).join() === names.join(), "manifest");
  need(inputs.every((name, n) => /^[0-9a-f]{64}$/.test(name) && (n === 0 || inputs[n - 1] < name)), "manifest");
  need(inputs.length === 0 || inputs.includes(manifest.index), "manifest");
  need(grows(stamps) && stamps.every((size) => manifest.checkpoints.includes(size)), "manifest");
  need(manifest.runs.length > 0 && manifest.checkpoints.length > 0, "manifest");
  need(manifest.runs.every((run) => run.length === 2) && grows(manifest.runs.flat()) && grows(manifest.checkpoints), "manifest");
  need(manifest.checkpoints[0] > 0 && manifest.runs.at(-1)[1] <= manifest.checkpoints.at(-1), "manifest");
  need(manifest.case !== null || manifest.runs.length === 1, "manifest");
  const checkpoints = manifest.checkpoints.map((size) => {
    const checkpoint = openCheckpoint(policy, tar.member(`checkpoints/${size}`));
    need(checkpoint.size === size && checkpoint.origin === manifest.origin, "checkpoint");
    return checkpoint;
  });
  for (let n = 1; n < checkpoints.length; n += 1) {
    const [old, next] = [checkpoints[n - 1], checkpoints[n]];
    verifyConsistency(old, next, hashes(tar.member(`consistency/${old.size}-${next.size}`)));
  }
  for (const size of stamps) { // who stamped is for a verifier of CMS; that this text was is told by its digest
    const { text } = checkpoints.find((checkpoint) => checkpoint.size === size);
    need(tar.member(`stamps/${size}`).includes(sha(Buffer.from(text))), "stamp");
  }
  for (const name of inputs) need(sha(tar.member(`inputs/${name}`)).toString("hex") === name, "input");
  const found = { entries: 0, policies: new Set(), cases: new Map() };
  for (const run of manifest.runs) verifyRun(tar, manifest, checkpoints, run, found);
  tar.end();
  need(JSON.stringify([...found.policies].sort()) === JSON.stringify(manifest.policies), "policies");
  if (manifest.case !== null) need(found.cases.size === 1 && found.cases.has(manifest.case), "case");
}

const [policyFile, ...bundles] = process.argv.slice(2);
const policy = parsePolicy(readFileSync(policyFile, "utf8"));
for (const file of bundles) {
  try {
    verifyBundle(policy, readFileSync(file));
    console.log("ok");
  } catch (error) {
    console.log(`refused ${error.message}`);
  }
}
