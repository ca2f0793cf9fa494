// A front end on the sockets that VS Code has: Node's zeromq. vscode.cjs
// CONNECTION-FILE talks to a kernel and prints "ok" when it does as it should.

const assert = require("node:assert")
const crypto = require("node:crypto")
const fs = require("node:fs")
const zmq = require("zeromq")

const connection = JSON.parse(fs.readFileSync(process.argv[2], "utf8"))
const session = crypto.randomUUID()
const endpoint = port => connection.transport === "ipc" ? `ipc://${connection.ip}-${port}` : `tcp://${connection.ip}:${port}`

const options = { linger: 0 }
if (connection.curve_publickey) {
  const { publicKey, secretKey } = zmq.curveKeyPair()
  Object.assign(options, { curveServerKey: connection.curve_publickey, curvePublicKey: publicKey, curveSecretKey: secretKey })
}
const sockets = {
  shell: new zmq.Dealer({ routingId: session, ...options }),
  control: new zmq.Dealer({ routingId: session, ...options }),
  iopub: new zmq.Subscriber(options),
  hb: new zmq.Request(options),
}

const sign = parts => {
  const h = crypto.createHmac("sha256", connection.key)
  parts.forEach(p => h.update(p))
  return h.digest("hex")
}

async function send(channel, msgType, content) {
  const header = { msg_id: crypto.randomUUID(), session, username: "u", date: new Date().toISOString(), msg_type: msgType, version: "5.3" }
  const parts = [header, {}, {}, content].map(x => Buffer.from(JSON.stringify(x)))
  await sockets[channel].send(["<IDS|MSG>", sign(parts), ...parts])
  return header.msg_id
}

async function receive(channel) {
  const frames = await sockets[channel].receive()
  const at = frames.findIndex(f => String(f) === "<IDS|MSG>")
  const parts = frames.slice(at + 2, at + 6)
  assert.strictEqual(String(frames[at + 1]), sign(parts), "the signature")
  const [header, parent, metadata, content] = parts.map(p => JSON.parse(p))
  return { header, parent, metadata, content }
}

// reply is the answer to a request.
async function reply(channel, id) {
  for (;;) {
    const m = await receive(channel)
    if (m.parent.msg_id === id) return m
  }
}

// outputs reads what is published until the request is done.
async function outputs(id, until) {
  const list = []
  for (;;) {
    const m = await receive("iopub")
    if (m.parent.msg_id !== id) continue
    list.push(m)
    if (until(m)) return list
  }
}
const isIdle = m => m.header.msg_type === "status" && m.content.execution_state === "idle"

async function main() {
  sockets.iopub.subscribe()
  for (const [name, s] of Object.entries(sockets)) s.connect(endpoint(connection[name + "_port"]))
  await sockets.hb.send("ping")
  assert.strictEqual(String((await sockets.hb.receive())[0]), "ping")
  assert.strictEqual((await receive("iopub")).header.msg_type, "iopub_welcome")

  const info = await reply("control", await send("control", "kernel_info_request", {}))
  assert.strictEqual(info.content.language_info.name, "gondola")

  let id = await send("shell", "execute_request", { code: "sql -o csv SELECT 6 * 7 AS n", silent: false })
  const list = await outputs(id, isIdle)
  const result = list.find(m => m.header.msg_type === "execute_result")
  assert.strictEqual(result.content.data["text/plain"], "n\n42\n")
  assert.strictEqual((await reply("shell", id)).content.status, "ok")

  const completion = await reply("shell", await send("shell", "complete_request", { code: "preproc", cursor_pos: 7 }))
  assert.deepStrictEqual(completion.content.matches, ["preprocess"])

  id = await send("shell", "execute_request", { code: "%%bash\nsleep 60", silent: false })
  await outputs(id, m => m.header.msg_type === "execute_input")
  await reply("control", await send("control", "interrupt_request", {}))
  const stopped = await reply("shell", id)
  assert.strictEqual(stopped.content.ename, "KeyboardInterrupt")

  console.log("ok")
  process.exit(0)
}

main().catch(e => {
  console.error(e)
  process.exit(1)
})
