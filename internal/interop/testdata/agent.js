// Sockets of zeromq.js by remote control; agent.py tells the language.
"use strict"
const fs = require("node:fs")
const net = require("node:net")
const path = require("node:path")
const readline = require("node:readline")
const zmq = require("zeromq")

const patience = 15_000 // ms
const sockets = new Map()
const failures = new Map() // queues of handshakes that failed
const routes = new Map()
const proxies = new Map()
const streams = new Map()

const types = {
  PAIR: zmq.Pair, PUB: zmq.Publisher, SUB: zmq.Subscriber, XPUB: zmq.XPublisher, XSUB: zmq.XSubscriber, REQ: zmq.Request,
  REP: zmq.Reply, DEALER: zmq.Dealer, ROUTER: zmq.Router, PUSH: zmq.Push, PULL: zmq.Pull,
}
const options = {
  routing_id: "routingId", probe_router: "probeRouter", zap_domain: "zapDomain",
  heartbeat_ivl: "heartbeatInterval", heartbeat_timeout: "heartbeatTimeout",
  plain_server: "plainServer", plain_username: "plainUsername", plain_password: "plainPassword",
  curve_server: "curveServer", curve_serverkey: "curveServerKey", curve_publickey: "curvePublicKey", curve_secretkey: "curveSecretKey",
}
const booleans = ["probeRouter", "plainServer", "curveServer"]

const pattern = Buffer.alloc(65521)
for (let i = 0, x = 1; i < pattern.length; i++) {
  x = (Math.imul(x, 1103515245) + 12345) >>> 0
  pattern[i] = x >>> 16
}

function frame(text) {
  if (text.startsWith("x")) return Buffer.from(text.slice(1), "hex")
  const [offset, size] = text.split("+").map(Number)
  return Buffer.alloc(offset + size, pattern).subarray(offset)
}

const message = (text) => text.split(",").map(frame)
const sizes = (frames) => frames.map((f) => f.length).join(" ")

// queue makes events waitable.
function queue() {
  const items = []
  let waiting = null
  return {
    put(item) { items.push(item); waiting?.() },
    async get() {
      let timer
      const late = new Promise((_, fail) => { timer = setTimeout(fail, patience, new Error("nothing came")) })
      try {
        while (items.length === 0) await Promise.race([new Promise((go) => { waiting = go }), late])
      } finally {
        clearTimeout(timer)
      }
      return items.shift()
    },
  }
}

// A connection of plain tcp, or a listener that becomes one.
function stream(connection) {
  const pieces = queue()
  connection.on("data", (piece) => pieces.put(piece))
  connection.on("error", () => {})
  connection.on("close", () => pieces.put(null))
  return { connection, pieces, rest: Buffer.alloc(0) }
}

const busy = new Set()

// attend has libzmq do for a socket what it does in its thread: asking whether the socket is readable is enough. While a send or
// receive waits, zeromq.js does it, and would miss what happens here; a socket that a proxy has is in another thread.
const attend = (name, s) => sockets.get(name) !== s || busy.has(s) || s.readable

async function during(name, act) {
  const s = sockets.get(name)
  busy.add(s)
  try {
    return await act(s)
  } finally {
    busy.delete(s)
  }
}

const commands = {
  open(name, type, ...settings) {
    const s = new types[type]({ linger: 0 })
    if ("receiveTimeout" in s) s.receiveTimeout = patience
    if ("sendTimeout" in s) s.sendTimeout = patience
    for (const setting of settings) {
      const [, key, value] = /^(\w+)=(.*)$/.exec(setting)
      const option = options[key]
      s[option] = booleans.includes(option) ? value === "1" : /^\d+$/.test(value) ? Number(value) : value
    }
    s.events.on("handshake", () => attend(name, s))
    const failed = queue()
    for (const kind of ["auth", "protocol", "other"]) s.events.on(`handshake:error:${kind}`, () => failed.put(true))
    failures.set(name, failed)
    sockets.set(name, s)
  },
  async bind(name, endpoint) {
    await sockets.get(name).bind(endpoint)
    return sockets.get(name).lastEndpoint
  },
  connect(name, endpoint) { sockets.get(name).connect(endpoint) },
  sub(name, topic) { sockets.get(name).subscribe(frame(topic)) },
  unsub(name, topic) { sockets.get(name).unsubscribe(frame(topic)) },
  async send(name, text) { await during(name, (s) => s.send(message(text))) },
  async offer(name, text) {
    const s = sockets.get(name)
    s.sendTimeout = 0
    await s.send(message(text)).catch(() => {})
    s.sendTimeout = patience
  },
  async recv(name, text) {
    const got = await during(name, (s) => s.receive())
    const want = message(text)
    const before = got.length - want.length
    if (before < 0 || !want.every((f, i) => f.equals(got[before + i]))) {
      throw new Error(`want frames of ${sizes(want)} bytes, got ${sizes(got)}, or other bytes`)
    }
    routes.set(name, got.slice(0, before))
    return before
  },
  async reply(name, text) { await during(name, (s) => s.send([...routes.get(name), ...message(text)])) },
  close(name) {
    sockets.get(name).close()
    sockets.delete(name)
    failures.delete(name)
    routes.delete(name)
  },
  proxy(name, front, back) {
    const p = new zmq.Proxy(sockets.get(front), sockets.get(back))
    sockets.delete(front)
    sockets.delete(back)
    proxies.set(name, { p, running: p.run() })
  },
  async stop(name) {
    const { p, running } = proxies.get(name)
    proxies.delete(name)
    p.terminate()
    await running
  },
  // zeromq.js has no handler of its own for what libzmq asks about each client (ZeroMQ RFC 27).
  async zap(user, password, directory) {
    const known = fs.readdirSync(directory).map((name) => /public-key = "(.*)"/.exec(fs.readFileSync(path.join(directory, name)))[1])
    const handler = new zmq.Reply({ linger: 0 })
    await handler.bind("inproc://zeromq.zap.01")
    sockets.set("zap", handler)
    const good = (mechanism, one, two) => mechanism === "CURVE" ? known.some((key) => z85(key).equals(one))
      : mechanism === "PLAIN" && String(one) === user && String(two) === password
    ;(async () => {
      for await (const [version, number, , , , mechanism, ...credentials] of handler) {
        await handler.send([version, number, good(String(mechanism), ...credentials) ? "200" : "400", "", "", ""])
      }
    })().catch(() => {}) // closed
  },
  async refused(name) { await failures.get(name).get() },
  empty(name) {
    if (sockets.get(name).readable) throw new Error("a message is there")
  },
  keys() {
    const pair = zmq.curveKeyPair()
    return `${pair.publicKey} ${pair.secretKey}`
  },
  async listen(name) {
    const server = net.createServer()
    const arrivals = queue()
    server.on("connection", (connection) => arrivals.put(stream(connection)))
    await new Promise((go) => server.listen(0, "127.0.0.1", go))
    streams.set(name, { server, arrivals })
    return `tcp://127.0.0.1:${server.address().port}`
  },
  async accept(name) {
    const { server, arrivals } = streams.get(name)
    streams.set(name, await arrivals.get())
    server.close()
  },
  async dial(name, endpoint) {
    const { hostname, port } = new URL(endpoint.replace("tcp:", "http:"))
    const connection = net.connect(Number(port), hostname)
    await new Promise((go, fail) => connection.once("connect", go).once("error", fail))
    streams.set(name, stream(connection))
  },
  async write(name, text) {
    await new Promise((go) => streams.get(name).connection.write(Buffer.concat(message(text)), go))
  },
  async read(name, text) {
    const s = streams.get(name)
    const want = Buffer.concat(message(text))
    while (s.rest.length < want.length) {
      const piece = await s.pieces.get()
      if (piece === null) break
      s.rest = Buffer.concat([s.rest, piece])
    }
    if (!s.rest.subarray(0, want.length).equals(want)) throw new Error(`want ${want.length} bytes, got ${s.rest.length}, or other ones`)
    s.rest = s.rest.subarray(want.length)
  },
  hang(name) {
    streams.get(name).connection.end()
    streams.delete(name)
  },
  version: () => `zeromq.js ${require("zeromq/package.json").version} with libzmq ${zmq.version}, node ${process.version}`,
}

// z85 gives the bytes of a key (ZeroMQ RFC 32).
function z85(text) {
  const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
  const out = Buffer.alloc((text.length * 4) / 5)
  for (let i = 0; i < text.length; i += 5) {
    const value = [...text.slice(i, i + 5)].reduce((sum, c) => sum * 85 + digits.indexOf(c), 0)
    out.writeUInt32BE(value, (i * 4) / 5)
  }
  return out
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [verb, ...words] = line.split(" ")
    try {
      const answer = await commands[verb](...words)
      process.stdout.write(answer === undefined ? "ok\n" : `ok ${answer}\n`)
    } catch (e) {
      process.stdout.write(`error ${String(e).replaceAll("\n", " ")}\n`)
    }
  }
  for (const name of [...proxies.keys()]) await commands.stop(name)
  for (const s of sockets.values()) s.close()
  process.exit(0)
}

main()
