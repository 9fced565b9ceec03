import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Resp3 from "../../../src/domain/valkey/Resp3.ts"
import type { Limits } from "../../../src/domain/valkey/resp3/Limits.ts"
import * as Parser from "../../../src/domain/valkey/resp3/Parser.ts"
import { bytes, concat, cuts, damaged, nearly, pieces, spelled } from "./Resp3Values.ts"

/** What a parser makes of chunks: all values, and how it ends. */
const read = (chunks: ReadonlyArray<Uint8Array>, limits: Partial<Limits> = {}) => {
  let parser = Parser.make(limits)
  const values: Array<Resp3.Value> = []
  for (const chunk of chunks) {
    const [next, more] = Parser.feed(parser, chunk)
    parser = next
    values.push(...more)
  }
  return { values, status: Parser.status(parser) }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const malformed = (text: string, limits: Partial<Limits> = {}) => {
  const { status } = Parser.decode(utf8(text), limits)
  return typeof status === "string" ? status : `${status.reason} at ${status.offset}`
}
const runs = (runs: number) => ({ arbitrary: { runs, size: 60 } })

describe("the laws of the codec (gungnir:7.2)", () => {
  it.prop(
    "L1: what is encoded is read back, to its last byte",
    { spelled },
    ({ spelled: { value } }) => {
      assert.deepStrictEqual(Parser.decode(Resp3.encode(value)), { values: [value], status: "Ready" })
    },
    runs(400)
  )

  it.prop(
    "L2: every strict prefix needs more, and is neither a value nor an error",
    { spelled },
    ({ spelled: { bytes } }) => {
      for (let size = 1; size < bytes.length; size++) {
        assert.deepStrictEqual(Parser.decode(bytes.slice(0, size)), { values: [], status: "NeedMore" })
      }
    },
    runs(150)
  )

  it.prop(
    "L3: values one after the other are read one after the other",
    { a: spelled, b: spelled },
    ({ a, b }) => {
      const whole = concat(a.bytes, b.bytes)
      assert.deepStrictEqual(Parser.decode(whole), { values: [a.value, b.value], status: "Ready" })
    },
    runs(200)
  )

  it.prop(
    "L4: it does not matter where the bytes are cut, not even for what is wrong with them",
    { good: spelled, bad: damaged, cuts },
    ({ bad, cuts, good }) => {
      for (const all of [concat(good.bytes, bad), bad]) {
        const whole = read([all])
        assert.deepStrictEqual(read(pieces(all, cuts)), whole)
        assert.deepStrictEqual(read(pieces(all, [])), whole)
      }
    },
    runs(400)
  )

  it.prop(
    "L5: every spelling is read as the value, and what is written of it is read the same",
    { spelled },
    ({ spelled: { bytes, value } }) => {
      assert.deepStrictEqual(Parser.decode(bytes), { values: [value], status: "Ready" })
      const canonical = Resp3.encode(value)
      assert.deepStrictEqual(Resp3.encode(Parser.decode(canonical).values[0]!), canonical)
    },
    runs(400)
  )

  it.prop(
    "L6: any bytes are read without a throw, and a fault has its offset inside of them",
    { bytes, nearly, cuts },
    ({ bytes, cuts, nearly }) => {
      for (const all of [bytes, nearly]) {
        const limits = { maxDepth: 4, maxBytes: 200, maxLineBytes: 32 }
        const whole = read([all], limits)
        assert.deepStrictEqual(read(pieces(all, cuts), limits), whole)
        assert.deepStrictEqual(read(pieces(all, []), limits), whole)
        if (typeof whole.status !== "string") {
          assert.isAtLeast(whole.status.offset, 0)
          assert.isBelow(whole.status.offset, all.length)
        }
      }
    },
    runs(1000)
  )

  it.prop(
    "L7: a payload is its bytes, whatever they are",
    { bytes },
    ({ bytes }) => {
      assert.deepStrictEqual(Parser.decode(Resp3.encode(bytes)).values, [bytes])
    },
    runs(100)
  )

  it("L8: integers are exact over all 64 bits, and no others are integers", () => {
    const edges = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, -(2n ** 53n)]
    for (const edge of edges) assert.deepStrictEqual(Parser.decode(utf8(`:${edge}\r\n`)).values, [edge])
    for (const safe of [2 ** 53 - 1, -(2 ** 53) + 1, 0]) {
      assert.deepStrictEqual(Parser.decode(utf8(`:${safe}\r\n`)).values, [safe])
    }
    assert.strictEqual(malformed(`:${2n ** 63n}\r\n`), "BadNumber at 1")
    const value = 2n ** 200n
    assert.deepStrictEqual(Parser.decode(utf8(`(${value}\r\n`)).values, [{ _tag: "BigNumber", value }])
  })
})

describe("the parser", () => {
  it.prop(
    "leaves the parser that it was fed to as it was",
    { spelled, cuts },
    ({ cuts, spelled: { bytes, value } }) => {
      const chunks = pieces(bytes, cuts)
      let parser = Parser.make()
      for (const [index, chunk] of chunks.entries()) {
        const rest = concat(...chunks.slice(index))
        assert.deepStrictEqual(Parser.feed(parser, rest)[1], [value])
        parser = Parser.feed(parser, chunk)[0]
      }
    },
    runs(200)
  )

  it("says what is wrong, and where", () => {
    assert.strictEqual(malformed("HTTP/1.1 400 Bad Request\r\n"), "UnknownType at 0")
    assert.strictEqual(malformed("+OK\r\nSSH-2.0\r\n"), "UnknownType at 5")
    assert.strictEqual(malformed("+O\nK\r\n"), "BadLine at 2")
    assert.strictEqual(malformed("+OK\rX"), "BadLine at 4")
    assert.strictEqual(malformed(":12a\r\n"), "BadNumber at 3")
    assert.strictEqual(malformed(":\r\n"), "BadNumber at 1")
    assert.strictEqual(malformed(",1.2.3\r\n"), "BadNumber at 1")
    assert.strictEqual(malformed("$-2\r\n"), "BadLength at 1")
    assert.strictEqual(malformed("%-1\r\n"), "BadLength at 1")
    assert.strictEqual(malformed(">?\r\n"), "BadLength at 1")
    assert.strictEqual(malformed("$3\r\nabcd\r\n"), "BadPayload at 7")
    assert.strictEqual(malformed("#x\r\n"), "BadPayload at 1")
    assert.strictEqual(malformed("_null\r\n"), "BadPayload at 1")
    assert.strictEqual(malformed("=3\r\ntxt\r\n"), "BadPayload at 1")
    assert.strictEqual(malformed(".\r\n"), "Misplaced at 0")
    assert.strictEqual(malformed(";4\r\nabcd\r\n"), "Misplaced at 0")
    assert.strictEqual(malformed("$?\r\n+OK\r\n"), "Misplaced at 4")
    assert.strictEqual(malformed("%?\r\n+a\r\n.\r\n"), "Misplaced at 8")
  })

  it("reads nothing more after a fault, and keeps what came before it", () => {
    const [parser, values] = Parser.feed(Parser.make(), utf8(":1\r\n:2\r\n?\r\n"))
    assert.deepStrictEqual(values, [1, 2])
    const [later, more] = Parser.feed(parser, utf8("+OK\r\n"))
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(Parser.status(later), { _tag: "Malformed", reason: "UnknownType", offset: 8 })
  })

  it("is bounded in depth, in size and in the length of a line", () => {
    const limits = { maxDepth: 3, maxBytes: 100, maxLineBytes: 40 }
    assert.strictEqual(malformed("*1\r\n*1\r\n*1\r\n:1\r\n", limits), "Ready")
    assert.strictEqual(malformed("*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", limits), "TooDeep at 12")
    assert.strictEqual(malformed("$101\r\n", limits), "TooLarge at 0")
    assert.strictEqual(malformed("$99999999999999\r\n"), "TooLarge at 0")
    assert.strictEqual(malformed("*1000000000\r\n"), "TooLarge at 0")
    assert.strictEqual(malformed("*30\r\n" + ":12345\r\n".repeat(30), limits), "TooLarge at 101")
    assert.strictEqual(malformed(`+${"x".repeat(40)}`, limits), "TooLarge at 0")
    assert.strictEqual(malformed(`+${"x".repeat(39)}\r\n`, limits), "Ready")
  })

  it("holds no more of an endless line than its limit", () => {
    let parser = Parser.make()
    let [fed, held] = [0, 0]
    for (; Parser.status(parser) !== "Ready" || fed === 0; fed++) {
      parser = Parser.feed(parser, utf8(fed === 0 ? "+" : "x".repeat(1000)))[0]
      if (typeof Parser.status(parser) !== "string") break
      held = Math.max(held, parser.tailBytes)
    }
    assert.isAtMost(held, 64 * 1024)
    assert.strictEqual(parser.malformed?.reason, "TooLarge")
  })

  it("takes time in proportion to the bytes when they come one by one", () => {
    const value: ReadonlyArray<Resp3.Value> = [Array.from({ length: 20_000 }, () => 7), new Uint8Array(60_000)]
    assert.deepStrictEqual(read(pieces(Resp3.encode(value), [])).values, [value])
  })
})

describe("projections", () => {
  it("shows a program the same reply from both versions of the protocol", () => {
    const value: Resp3.Value = [
      "OK",
      utf8("role:master"),
      2n ** 60n,
      null,
      { _tag: "Set", items: [1] },
      { _tag: "Map", pairs: [[utf8("k"), [utf8("v"), 2]]] },
      { _tag: "Verbatim", format: "txt", bytes: utf8("txt:run_id:1") },
      { _tag: "BulkError", bytes: utf8("ERR no") },
      { _tag: "Attributed", attributes: [["ttl", 3]], value: { _tag: "SimpleError", text: "LOADING" } }
    ]
    const reply = ["OK", "role:master", String(2n ** 60n), null, [1], ["k", ["v", 2]], "txt:run_id:1"]
    const errors = [{ error: "ERR no" }, { error: "LOADING" }]
    assert.deepStrictEqual(Resp3.toReply(value), [...reply, ...errors])
    const [older] = Parser.decode(Resp3.encode(value, 2)).values
    assert.deepStrictEqual(Resp3.toReply(older!), [...reply, ...errors])
  })

  it("shows numbers that no JavaScript number is as text", () => {
    const doubles = [1.5, Infinity, -Infinity, NaN].map((value) => Resp3.toReply({ _tag: "Double", value }))
    assert.deepStrictEqual(doubles, [1.5, "inf", "-inf", "nan"])
    assert.strictEqual(Resp3.toReply({ _tag: "BigNumber", value: 10n ** 30n }), "1" + "0".repeat(30))
  })

  it("reads of a reply what the reply was", () => {
    const reply = ["OK", "text of\r\ntwo lines", 7, 1.5, null, true, [["a"], []], { error: "ERR no\r\n+OK" }] as const
    const [value] = Parser.decode(Resp3.encode(Resp3.fromReply(reply))).values
    assert.deepStrictEqual(Resp3.toReply(value!), reply)
  })

  it("never lets the text of an error or status pretend to be a frame", () => {
    const text = "ERR\r\n+OK"
    const forged: ReadonlyArray<Resp3.Value> = [text, { _tag: "SimpleError", text }]
    for (const protocol of [2, 3] as const) {
      for (const value of forged) assert.lengthOf(Parser.decode(Resp3.encode(value, protocol)).values, 1)
    }
  })

  it("writes command lines as arrays of bulks, secret words too, and reads them back", () => {
    const lines = [["HELLO", "3", "AUTH", "default", Redacted.make("pässword")], ["INFO"]]
    const { status, values } = Parser.decode(Resp3.encodeCommands(lines))
    assert.strictEqual(status, "Ready")
    assert.deepStrictEqual(values.map(Resp3.commandOf), [["HELLO", "3", "AUTH", "default", "pässword"], ["INFO"]])
    assert.isUndefined(Resp3.commandOf("PING"))
  })
})
