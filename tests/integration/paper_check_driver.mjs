// Run the script of the page, as a phone would, over the cases in a file; print what each comes to.
// Usage: node paper_check_driver.mjs SCRIPT CASES
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { webcrypto } from "node:crypto";

const [script, cases] = process.argv.slice(2);
const { checkPaper, checkWhole } = await import(pathToFileURL(script).href);

// A browser before Ed25519 refuses the key.
const older = new Proxy(webcrypto.subtle, {
  get: (subtle, name) => (...given) => (name === "importKey" && given[2]?.name === "Ed25519" ? Promise.reject(new Error("NotSupportedError")) : subtle[name](...given)),
});
const browsers = { new: webcrypto.subtle, old: older, insecure: undefined };

const results = [];
for (const { answer, asked, printed, browser, file } of JSON.parse(readFileSync(cases, "utf8"))) {
  const { statement, checks } = await checkPaper(browsers[browser], answer, asked, printed);
  const found = Object.fromEntries(checks.map((check) => [check.name, check.code || check.outcome]));
  if (file !== null) {
    const whole = await checkWhole(browsers[browser], statement, new Uint8Array(Buffer.from(file)));
    found.whole = whole.code || whole.outcome;
  }
  results.push(found);
}
console.log(JSON.stringify(results));
