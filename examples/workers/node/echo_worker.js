// Dial anything: you hear yourself. A call worker in Node.js: zeromq, protobufjs, docs/protocol.md.
// Run: npm ci && node echo_worker.js ipc://../../../var/bus/frontend-1
'use strict'

const path = require('node:path')
const protobuf = require('protobufjs')
const { Dealer } = require('zeromq')

const NAME = 'echo-node'
const HELLO_WAIT_MS = 1000
const PROTO = path.resolve(__dirname, '../../../proto')

const root = new protobuf.Root()
root.resolvePath = (_, file) => file.startsWith('google/protobuf/') ? file : path.resolve(PROTO, file)
root.loadSync('switchroom/v1/envelope.proto')
const Envelope = root.lookupType('switchroom.v1.Envelope')
const { KIND_REQUEST, KIND_RESPONSE, KIND_EVENT } = root.lookupEnum('switchroom.v1.Kind').values
const { ROLE_CALL_WORKER } = root.lookupEnum('switchroom.v1.Role').values
const { CAUSE_FORBIDDEN } = root.lookupEnum('switchroom.v1.Cause').values
const { ERROR_CODE_UNKNOWN_METHOD } = root.lookupEnum('switchroom.v1.ErrorCode').values

// Commands given so far, for each run: numbers begin at 1 and have no gaps.
const given = new Map()

// What an echo does about all that has happened. With a log another worker led the run before: we begin at its begin,
// and what was accepted then has the same number again, and is ignored.
function decide ({ runId, lease, log, events, calls }) {
  if (log.length) given.delete(runId)
  let count = given.get(runId) ?? 0
  const commands = []
  const command = (callId, verb, fields = {}) => commands.push({ commandId: ++count, callId, [verb]: fields })
  const trusted = calls[0]?.trusted
  let over = false
  for (const event of [...log.flatMap(entry => entry.event ?? []), ...events]) {
    if (event.invited && !trusted) command(event.callId, 'authenticate')
    if (event.authenticated || (event.invited && trusted)) {
      for (const verb of ['ring', 'answer', 'echo']) command(event.callId, verb)
      over = true
    }
    if (event.authFailed) command(event.callId, 'hangup', { cause: CAUSE_FORBIDDEN })
    if (over || event.authFailed || event.ended) {
      command('', 'finish')
      over = true
      break
    }
  }
  if (over) given.delete(runId)
  else given.set(runId, count)
  return { runId, lease, commands }
}

// Every request is answered once.
function answer (request) {
  const reply = { kind: KIND_RESPONSE, correlationId: request.correlationId }
  if (request.activation) return { ...reply, decision: decide(request.activation) }
  if (request.statusRequest) return { ...reply, status: { name: NAME, values: { runs: given.size } } }
  return { ...reply, refusal: { code: ERROR_CODE_UNKNOWN_METHOD } }
}

// One connection to one frontend, from Hello until it is lost.
async function serve (endpoint, stopping) {
  const socket = new Dealer({ linger: 200 })
  socket.connect(endpoint)
  let sending = Promise.resolve()
  let sentAt = 0
  const send = message => {
    sentAt = Date.now()
    const frame = Envelope.encode(Envelope.create(message)).finish()
    sending = sending.then(() => socket.send(frame)).catch(() => {}) // a socket that is closed has nothing to send
    return sending
  }
  let heardAt = Date.now()
  let times = { heartbeatMs: HELLO_WAIT_MS, lostMs: HELLO_WAIT_MS }
  const timer = setInterval(() => {
    if (Date.now() - heardAt > times.lostMs) socket.close()
    else if (Date.now() - sentAt >= times.heartbeatMs) send({ kind: KIND_EVENT, heartbeat: {} })
  }, 50)
  stopping.then(async () => {
    await send({ kind: KIND_EVENT, goodbye: { reason: 'stopped' } })
    socket.close()
  })
  send({ kind: KIND_REQUEST, correlationId: 1, deadlineMs: HELLO_WAIT_MS, hello: { role: ROLE_CALL_WORKER, name: NAME } })
  try {
    for await (const frames of socket) { // ends when the socket is closed
      heardAt = Date.now()
      for (const frame of frames) { // several frames may ride in one message
        const envelope = Envelope.decode(frame)
        if (envelope.welcome) times = envelope.welcome
        if (envelope.goodbye) return
        if (envelope.kind === KIND_REQUEST) send(answer(envelope))
        else if (envelope.refusal) given.delete(envelope.refusal.about) // another worker leads this run now
      }
    }
  } finally {
    clearInterval(timer)
    socket.close()
  }
}

async function main (endpoint) {
  let stopped = false
  const stopping = new Promise(resolve => process.on('SIGTERM', () => { stopped = true; resolve() }))
  while (!stopped) await serve(endpoint, stopping)
}

main(process.argv[2])
