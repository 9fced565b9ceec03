import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { credentialsOf, passwordIn, withPassword } from "../../../src/domain/valkey/resources/Password.ts"

const secret = (data: unknown) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data })

describe("the password of a Secret", () => {
  it("is read, redacted, and put into another", () => {
    const one = secret({ password: btoa("Abc-1.~_") })
    assert.strictEqual(Redacted.value(credentialsOf(one)!.password), "Abc-1.~_")
    assert.notInclude(JSON.stringify([credentialsOf(one), passwordIn(one)]), "Abc")
    const other = withPassword(secret({ note: "kept" }), passwordIn(one)!)
    assert.deepStrictEqual(credentialsOf(other), credentialsOf(one))
    assert.property(other["data"], "note")
  })

  for (const [says, data] of [
    ["no data", undefined],
    ["null", null],
    ["another key", { pass: btoa("a") }],
    ["no text", { password: 42 }],
    ["an empty word", { password: "" }],
    ["what is no base64", { password: "a*b" }],
    ["base64 that is cut", { password: "YWJ" }],
    ["a word that the start script refuses", { password: btoa("two words") }],
    ["bytes that are no text", { password: btoa("\u00ff\u00fe") }]
  ] as const) {
    it(`is none when there is ${says}, without a throw`, () => {
      assert.isUndefined(passwordIn(secret(data)))
      assert.isUndefined(credentialsOf(secret(data)))
    })
  }

  it("is none of a Secret that is not there", () => {
    assert.isUndefined(passwordIn(undefined))
    assert.isUndefined(credentialsOf(undefined))
  })
})
