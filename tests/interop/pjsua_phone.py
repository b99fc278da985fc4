"""A pjsua2 phone for one call, run by itself in the environment that has pjsua2; it knows nothing of the project.

The only argument is a JSON object: user, password, host, port, transport, play (WAV sent), record (WAV heard), and
either dial (a number, called by scheme) or nothing, which waits for a call; digits, duration_s; reliable demands
100rel, session_s is the session interval, codec the only one, as pjsua2 names it. What happens is written as JSON
lines.
"""

from __future__ import annotations

import json
import sys
import time

import pjsua2 as pj  # type: ignore[import-not-found,import-untyped,unused-ignore]


def tell(event: str, **keys: object) -> None:
    """One line for whoever runs us."""
    print(json.dumps({"event": event, **keys}), flush=True)


class Call(pj.Call):  # type: ignore[misc,unused-ignore]
    """One call: sends the player, records what comes."""

    def __init__(self, account: Account, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.phone = account.phone
        self.confirmed_at = 0.0
        self.ended = False

    def onCallState(self, parameters: object) -> None:  # noqa: N802 - pjsua2's name
        """Tell each state."""
        info = self.getInfo()
        tell("state", state=info.stateText, code=info.lastStatusCode, reason=info.lastReason)
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.confirmed_at = time.monotonic()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.ended = True

    def onCallMediaState(self, parameters: object) -> None:  # noqa: N802
        """Connect player and recorder as soon as there is audio."""
        info = self.getInfo()  # kept: its media live no longer than it does
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                audio = self.getAudioMedia(index)
                self.phone.player.startTransmit(audio)
                audio.startTransmit(self.phone.recorder)

    def onDtmfDigit(self, parameters: object) -> None:  # noqa: N802
        """Tell digits."""
        tell("digit", digit=parameters.digit)  # type: ignore[attr-defined]


class Account(pj.Account):  # type: ignore[misc,unused-ignore]
    """The registration."""

    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self.phone = phone
        self.code = 0

    def onRegState(self, parameters: object) -> None:  # noqa: N802
        """Keep the status of the last REGISTER."""
        self.code = parameters.code  # type: ignore[attr-defined]
        tell("registered", code=self.code, expires=parameters.expiration)  # type: ignore[attr-defined]

    def onIncomingCall(self, parameters: object) -> None:  # noqa: N802
        """Ring, then answer."""
        call = Call(self, parameters.callId)  # type: ignore[attr-defined]
        self.phone.call = call
        ringing, ok = pj.CallOpParam(), pj.CallOpParam()
        ringing.statusCode, ok.statusCode = 180, 200
        call.answer(ringing)
        self.phone.pump(0.3)
        call.answer(ok)


class Phone:
    """Endpoint, account, player and recorder."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options
        self.call: Call | None = None
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 1
        config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
        config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
        rate = 16_000 if options.get("codec", "").startswith("G722") else 8000
        config.medConfig.clockRate = config.medConfig.sndClockRate = rate
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.boundAddress = transport.publicAddress = "127.0.0.1"
        transport.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
        transport.tlsConfig.verifyServer = False  # the OpenSSL of the wheel is too old for it
        self.endpoint.transportCreate(getattr(pj, f"PJSIP_TRANSPORT_{options['transport']}"), transport)
        self.endpoint.libStart()
        if options.get("codec"):
            for codec in self.endpoint.codecEnum2():
                wanted = codec.codecId.startswith(options["codec"])
                self.endpoint.codecSetPriority(codec.codecId, 255 if wanted else 0)
        self.endpoint.audDevManager().setNullDev()
        self.player = pj.AudioMediaPlayer()
        self.player.createPlayer(options["play"], 0)
        self.recorder = pj.AudioMediaRecorder()
        self.recorder.createRecorder(options["record"])
        self.account = self._account()

    def _account(self) -> Account:
        options = self.options
        where = f"sip:{options['host']}:{options['port']}"
        suffix = self._suffix()
        config = pj.AccountConfig()
        if options["reliable"]:
            config.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
        if options["session_s"]:
            config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
            config.callConfig.timerSessExpiresSec = int(options["session_s"])
            config.callConfig.timerMinSESec = 90
        config.idUri = f"sip:{options['user']}@{options['host']}"
        config.regConfig.registrarUri = where + suffix
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", options["user"], 0, options["password"]))
        config.sipConfig.proxies.append(f"{where}{suffix};lr" if suffix else f"{where};lr")
        config.mediaConfig.transportConfig.boundAddress = config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
        account = Account(self)
        account.create(config)
        return account

    def _suffix(self) -> str:
        """What an address needs so that our transport is taken."""
        transport = self.options["transport"]
        return "" if transport == "UDP" else f";transport={transport.lower()}"

    def pump(self, duration_s: float) -> None:
        """Let pjsua2 work."""
        end = time.monotonic() + duration_s
        while time.monotonic() < end:
            self.endpoint.libHandleEvents(10)

    def wait(self, done: object, timeout_s: float) -> bool:
        """Work until *done* says so; False when the time is over first."""
        end = time.monotonic() + timeout_s
        while not done():  # type: ignore[operator]
            if time.monotonic() > end:
                return False
            self.endpoint.libHandleEvents(10)
        return True

    def run(self) -> None:
        """Register, one call, unregister."""
        if not self.wait(lambda: self.account.code, 5) or self.account.code != 200:
            tell("failed", what="register", code=self.account.code)
            return
        duration_s = float(self.options["duration_s"])
        if self.options.get("dial"):
            self.call = Call(self.account)
            where = f"{self.options['host']}:{self.options['port']}{self._suffix()}"
            self.call.makeCall(f"{self.options['scheme']}:{self.options['dial']}@{where}", pj.CallOpParam(True))
        if self.wait(lambda: self.call and (self.call.confirmed_at or self.call.ended), 15) and self.call:
            if self.options.get("digits") and not self.call.ended:
                self.pump(0.5)
                self.call.dialDtmf(self.options["digits"])
            self.wait(lambda: self.call is None or self.call.ended, duration_s)
            if not self.call.ended:
                self.call.hangup(pj.CallOpParam(True))
            self.wait(lambda: self.call is None or self.call.ended, 5)
        self.account.setRegistration(False)
        self.pump(0.5)

    def close(self) -> None:
        """In the order that pjsua2 survives: calls before the library."""
        self.call = None
        del self.player, self.recorder
        self.account.shutdown()
        self.endpoint.libDestroy()


if __name__ == "__main__":
    phone = Phone(json.loads(sys.argv[1]))
    phone.run()
    phone.close()
    tell("done")
