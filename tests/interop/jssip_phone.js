// A JsSIP phone in Node.js for one call; it knows nothing of the project. Real are its signalling and its WebSocket;
// its peer connection is a stand-in with a plain description, for there is no WebRTC here.
//
// The only argument is a JSON object: modules (where they are installed), url, user, password, dial (a number, or
// nothing to be called), duration_s. What happens is written as JSON lines.
"use strict";

const { createRequire } = require("node:module");
const options = JSON.parse(process.argv[2]);
const load = createRequire(`${options.modules}/`);

const tell = (event, keys = {}) => console.log(JSON.stringify({ event, ...keys }));

const DESCRIPTION = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 6000 RTP/AVP 0 101",
  "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=sendrecv", ""].join("\r\n");

class PeerConnection extends EventTarget {
  iceGatheringState = "complete";
  iceConnectionState = "connected";
  signalingState = "stable";
  async createOffer() { return { type: "offer", sdp: DESCRIPTION }; }
  async createAnswer() { return { type: "answer", sdp: DESCRIPTION }; }
  async setLocalDescription(description) { this.localDescription = description; }
  async setRemoteDescription(description) {
    this.remoteDescription = description;
    tell("description", { type: description.type, sdp: description.sdp });
  }
  addTrack() {}
  getSenders() { return []; }
  getReceivers() { return []; }
  close() { this.signalingState = "closed"; }
}

globalThis.window = globalThis;
globalThis.WebSocket = load("ws");
globalThis.RTCPeerConnection = PeerConnection;
globalThis.RTCSessionDescription = class { constructor(from) { Object.assign(this, from); } };
const JsSIP = load("jssip");

const stream = { getTracks: () => [], getAudioTracks: () => [], getVideoTracks: () => [] };
const ua = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(options.url)],
  uri: `sip:${options.user}@pbx.test`,
  password: options.password,
  register_expires: 60,
});

function follow(session) {
  session.on("progress", (e) => tell("progress", { code: e.response ? e.response.status_code : 0 }));
  session.on("confirmed", () => {
    tell("confirmed");
    setTimeout(() => session.hold({}, () => {
      tell("held");
      session.unhold({}, () => {
        tell("unheld");
        setTimeout(() => options.dial && session.terminate(), options.duration_s * 1000);
      });
    }), 200);
  });
  session.on("ended", (e) => { tell("ended", { by: e.originator, cause: e.cause }); ua.stop(); });
  session.on("failed", (e) => { tell("failed", { by: e.originator, cause: e.cause }); ua.stop(); });
}

ua.on("newRTCSession", ({ session, originator }) => {
  follow(session);
  if (originator === "remote") session.answer({ mediaStream: stream });
});
ua.on("registered", () => {
  tell("registered");
  if (options.dial) ua.call(`sip:${options.dial}@pbx.test`, { mediaStream: stream });
});
ua.on("registrationFailed", (e) => { tell("failed", { cause: e.cause }); ua.stop(); });
ua.on("disconnected", (e) => { if (!e.error) { tell("done"); process.exit(0); } });
ua.start();
setTimeout(() => { tell("late"); process.exit(1); }, 15000).unref();
