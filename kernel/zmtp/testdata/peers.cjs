// Peers made by the zeromq package of Node, as VS Code has them, for
// node_test.go: peers.cjs CASE ENDPOINT [ARGUMENT ...].
//
// With the environment's CURVE_SERVER (the server's public key) they encrypt. A
// case that ends well prints "ok" as its last line.

const assert = require("node:assert")
const zmq = require("zeromq")

const sending = { sendTimeout: 20000, sendHighWaterMark: 0 }

function options(more) {
  const o = { linger: 0, receiveTimeout: 20000, receiveHighWaterMark: 0, ...more }
  if (process.env.CURVE_SERVER) {
    const { publicKey, secretKey } = zmq.curveKeyPair()
    Object.assign(o, { curveServerKey: process.env.CURVE_SERVER, curvePublicKey: publicKey, curveSecretKey: secretKey })
  }
  return o
}

async function exchange(s, ...frames) {
  await s.send(frames)
  const got = await s.receive()
  assert.deepStrictEqual(got.map(String), frames.map(String))
}

const cases = {
  async dealer(endpoint) {
    const s = new zmq.Dealer(options({ routingId: "ann", ...sending }))
    s.connect(endpoint)
    for (const size of [0, 1, 254, 255, 256, 65535, 65536, 5000000]) {
      await exchange(s, "a", "x".repeat(size), "", "last")
    }
    s.close()
  },

  async req(endpoint) {
    const s = new zmq.Request(options(sending))
    s.connect(endpoint)
    for (let i = 0; i < 100; i++) await exchange(s, String(i), "x".repeat(i))
    s.close()
  },

  async many(endpoint, n) {
    const s = new zmq.Dealer(options(sending))
    s.connect(endpoint)
    const sent = (async () => {
      for (let i = 0; i < n; i++) await s.send(String(i))
    })()
    for (let i = 0; i < n; i++) assert.strictEqual(String(await s.receive()), String(i))
    await sent
    s.close()
  },

  async handover(endpoint) {
    const all = []
    for (let i = 0; i < 5; i++) {
      const s = new zmq.Dealer(options({ routingId: "ann", reconnectInterval: -1, ...sending }))
      s.connect(endpoint)
      await exchange(s, String(i))
      all.push(s)
    }
    all.forEach((s) => s.close())
  },

  async sub(endpoint) {
    const s = new zmq.Subscriber(options({ heartbeatInterval: 20, heartbeatTimeout: 1000, heartbeatTimeToLive: 1000 }))
    s.connect(endpoint)
    s.subscribe("a")
    const next = async () => (await s.receive()).map(String)
    assert.deepStrictEqual(await next(), ["a", "welcome"])
    assert.strictEqual((await next())[0], "a")
    s.subscribe("b")
    while ((await next()).join() !== "b,welcome");
    s.unsubscribe("a")
    for (let run = 0; run < 100; ) run = (await next())[0] === "b" ? run + 1 : 0
    s.close()
  },
}

const [name, ...rest] = process.argv.slice(2)
cases[name](...rest).then(
  () => console.log("ok"),
  (err) => {
    console.error(err)
    process.exit(1)
  },
)
