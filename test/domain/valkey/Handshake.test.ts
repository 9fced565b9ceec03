import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as Handshake from "../../../src/domain/valkey/Handshake.ts"
import * as Resp3 from "../../../src/domain/valkey/Resp3.ts"

const credentials = { user: "operator", password: Redacted.make("s3cret-of-the-node") }
const hello = ["server", "valkey", "version", "8.0.1", "proto", 3, "id", 5, "mode", "standalone", "role", "master"]
const info = "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nserver_mode:standalone\r\nrun_id:abc\r\n"
const named = { _tag: "Named", runId: "abc" } as const
const error = (error: string) => ({ error })

describe("the handshake", () => {
  it("logs in, names itself and asks for the process in one round trip", () => {
    const bytes = Resp3.text(Resp3.encodeCommands(Handshake.lines(credentials)))
    const expected = "*7|$5|HELLO|$1|3|$4|AUTH|$8|operator|$18|s3cret-of-the-node|$7|SETNAME|$7|gungnir|*2|$4|INFO|"
    assert.isTrue(bytes.replaceAll("\r\n", "|").startsWith(expected))
    assert.deepStrictEqual(Handshake.lines(undefined)[0], ["HELLO", "3", "SETNAME", "gungnir"])
  })

  it("makes the user of operators, and becomes it where that could be made", () => {
    const made = Handshake.operatorLines(credentials)
    assert.deepStrictEqual(
      made.map(([name, verb, user]) => [name, verb, user].join(" ")),
      ["HELLO 3 AUTH", "ACL SETUSER gungnir", "INFO server "]
    )
    const bytes = Resp3.text(Resp3.encodeCommands(made)).replaceAll("\r\n", "|")
    assert.include(bytes, "|gungnir|$2|on|$9|resetpass|$19|>s3cret-of-the-node|$2|~*|$2|&*|$5|+@all|")
    const [[name, user, password] = []] = Handshake.becoming(credentials, [hello, "OK", info])
    assert.deepStrictEqual([name, user, password], ["AUTH", "gungnir", credentials.password])
    assert.deepStrictEqual(Handshake.becoming(credentials, [hello, error("NOPERM"), info]), [])
    assert.deepStrictEqual(Handshake.operatorLines(undefined), Handshake.lines(undefined))
    assert.deepStrictEqual(Handshake.becoming(undefined, [hello, info]), [])
    assert.deepStrictEqual(Handshake.read([hello, error("NOPERM"), info]), named)
  })

  it("shows its password to nobody who prints the lines", () => {
    const lines = [
      Handshake.operatorLines(credentials),
      Handshake.olderLines(credentials),
      Handshake.becoming(credentials, [hello, "OK", info])
    ]
    assert.notInclude(inspect(lines, { depth: 9 }) + JSON.stringify(lines) + String(lines), "s3cret")
  })

  it("names the process, also of a server that is loading or whose link is down: both lines are answered then", () => {
    assert.deepStrictEqual(Handshake.read([hello, `${info}loading:1\r\n`]), named)
  })

  it("tells a wrong or missing password and missing permission from all else", () => {
    const wrong = "WRONGPASS invalid username-password pair or user is disabled."
    const none = "NOAUTH HELLO must be called with the client already authenticated"
    const noInfo = "NOPERM User operator has no permissions to run the 'info' command"
    for (const replies of [
      [error(wrong), info],
      [error(none), error(none)],
      [hello, error(noInfo)]
    ]) {
      assert.deepStrictEqual(Handshake.read(replies), { _tag: "Unauthorized" })
    }
    assert.deepStrictEqual(Handshake.readOlder(credentials, [error(wrong), "OK", info]), { _tag: "Unauthorized" })
    assert.deepStrictEqual(Handshake.readOlder(credentials, [error("ERR invalid password"), "OK", error("NOAUTH")]), {
      _tag: "Unauthorized"
    })
    assert.deepStrictEqual(Handshake.readOlder(undefined, [error("NOAUTH"), error("NOAUTH")]), { _tag: "Unauthorized" })
  })

  it("falls back where HELLO is unknown", () => {
    const unknown = ["ERR unknown command `HELLO`, with args beginning with: ", "NOPROTO unsupported protocol version"]
    for (const said of unknown)
      assert.deepStrictEqual(Handshake.read([error(said), error("NOAUTH")]), { _tag: "Older" })
    assert.deepStrictEqual(Handshake.readOlder(credentials, ["OK", "OK", info]), named)
    const unasked = "ERR Client sent AUTH, but no password is set"
    assert.deepStrictEqual(Handshake.readOlder(credentials, [error(unasked), "OK", info]), named)
    assert.deepStrictEqual(Handshake.readOlder(undefined, ["OK", info]), named)
    const [auth] = Handshake.olderLines({ ...credentials, user: "default" })
    assert.lengthOf(auth!, 2)
  })

  it("keeps a server that lives but does not say its name apart from a foreign one", () => {
    const busy = "BUSY Valkey is busy running a script."
    assert.deepStrictEqual(Handshake.read([hello, error(busy)]), { _tag: "Nameless", error: busy })
    const full = "ERR max number of clients reached"
    assert.deepStrictEqual(Handshake.read([error(full)]), { _tag: "Nameless", error: full })
    for (const replies of [
      ["OK", "OK"],
      [hello, 7],
      [hello, "a text"],
      [],
      [hello, info.replace("standalone", "sentinel")]
    ]) {
      assert.deepStrictEqual(Handshake.read(replies), { _tag: "NotValkey" })
    }
  })
})
