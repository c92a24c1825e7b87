// Draw what paper_check.mjs found. Every text goes in as text, never as markup.
import { checkPaper, checkWhole, FAILED, PASSED, UNCHECKED } from "./paper_check.mjs";

const NAMES = {
  signature: ["出具机关服务的签名", "Signature of the service"],
  code: ["是所查核验码的文书", "Is the paper of the code that was asked for"],
  printed: ["与二维码所印摘要一致", "Is the paper the QR code was printed on"],
  log: ["已载入存证日志", "Is in the log"],
  checkpoint: ["存证日志的签名", "Signature of the log"],
  whole: ["文书全文一致", "The whole text is the same"],
};
const OUTCOMES = { [PASSED]: ["通过", "passed"], [FAILED]: ["未通过", "failed"], [UNCHECKED]: ["未核验", "not checked"] };
const WHY = {
  CONTEXT_INSECURE: ["本页不是通过 HTTPS 打开，浏览器不提供核验所需的功能", "this page was not opened over HTTPS, so the browser offers no cryptography"],
  ED25519_UNAVAILABLE: ["此浏览器不支持 Ed25519", "this browser does not know Ed25519"],
  DIGEST_NOT_PRINTED: ["核验码是输入的，请核对下列内容与文书是否一致", "the code was typed; compare what is below with the paper"],
  RECEIPT_PENDING: ["存证凭证尚未生成，请稍后再试", "no receipt is ready yet; try again in a minute"],
  SIGNATURE_FIRST: ["签名未通过，不再核验", "nothing is checked where the signature does not hold"],
  PAPER_CHANGED: ["文书内容与签名时不一致", "the text is not what was signed"],
};
const STATES = {
  in_force: ["有效", "in force"],
  superseded: ["已被其后的文书取代", "superseded by a later paper"],
  withdrawn: ["已失效（申请视为撤回或者受理已撤销）", "no longer holds"],
};
const FACTS = [
  ["title", "文书", "Paper"], ["authority", "出具机关", "Authority"], ["number", "文号", "Number"], ["date", "日期", "Date"],
  ["case", "办件编号", "Case"], ["applicant", "申请人", "Applicant"], ["code", "核验码", "Code"], ["digest", "文书摘要", "Digest"],
];
const byId = (id) => document.getElementById(id);

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const two = ([zh, en]) => [`${zh} `, element("small", "", en)];

function row(zh, en, ...value) {
  byId("facts").append(element("tr", "", element("th", "", ...two([zh, en])), element("td", "", ...value)));
}

function line(check) {
  const text = [...two(NAMES[check.name]), "：", ...two(OUTCOMES[check.outcome])];
  if (check.code in WHY) text.push(" ", ...two(WHY[check.code]));
  else if (check.code !== "") text.push(` ${check.code}`);
  return element("li", check.outcome, ...text);
}

function conclude(result, state) {
  const outcomes = result.checks.map((check) => check.outcome);
  const signed = result.checks[0].outcome;
  if (outcomes.includes(FAILED)) return [FAILED, ["核验未通过，请勿采信", "The check failed: do not rely on this paper"]];
  if (signed === UNCHECKED) return [UNCHECKED, ["未核验", "Not checked"]];
  if (state !== "in_force") return [UNCHECKED, STATES[state]];
  if (outcomes.includes(UNCHECKED)) return [PASSED, ["签名有效；部分项目未核验，见下", "The signature holds; some items were not checked, see below"]];
  return [PASSED, ["核验通过", "Everything holds"]];
}

function show(place, outcome, text) {
  place.className = outcome;
  place.replaceChildren(...two(text));
  place.hidden = false;
}

async function main() {
  const answer = JSON.parse(byId("answer").textContent);
  const subtle = globalThis.crypto?.subtle;
  const result = await checkPaper(subtle, answer, decodeURIComponent(location.pathname.split("/").at(-1)), location.hash.slice(1));
  show(byId("verdict"), ...conclude(result, answer.state));
  byId("checks").append(...result.checks.map(line));
  const statement = result.statement;
  if (statement !== null) {
    for (const [name, zh, en] of FACTS) row(zh, en, typeof statement[name] === "object" ? statement[name].zh : statement[name]);
    row("目前状态", "State now", ...two(STATES[answer.state]), element("small", "", "（本服务当前的答复，未经签名 as the service says now, not signed）"));
  }
  for (const key of answer.keys) byId("keys").append(element("li", "", `ES256 ${key.kid}`));
  if (answer.log !== null) byId("keys").append(element("li", "", answer.log.key));
  byId("file").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (file === undefined || statement === null) return;
    const check = await checkWhole(subtle, statement, new Uint8Array(await file.arrayBuffer()));
    show(byId("whole"), check.outcome, check.outcome === PASSED ? NAMES.whole : WHY[check.code] ?? [check.code, ""]);
  });
}

main();
