/** Whom a change of an object wakes. */
import { assert, describe, it } from "@effect/vitest"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { keyOf, woken } from "../../../src/domain/kube/Sources.ts"

const object = (name: string): KubeObject => ({ apiVersion: "v1", kind: "Pod", metadata: { namespace: "shop", name } })
const key = (name: string) => ({ namespace: "shop", name })
const itself = (one: KubeObject) => [keyOf(one)]

describe("a change wakes", () => {
  it("a key that both states name once, so that one change is one pass", () => {
    assert.deepStrictEqual(woken(itself, object("a"), object("a")), [key("a")])
    assert.deepStrictEqual(
      woken(() => [key("a"), key("b"), key("a")], object("a"), object("a")),
      [key("a"), key("b")]
    )
  })

  it("whom it named before, and whom it names now", () => {
    assert.deepStrictEqual(woken(itself, object("a"), object("b")), [key("a"), key("b")])
    assert.deepStrictEqual(woken(itself, object("a"), undefined), [key("a")])
    assert.deepStrictEqual(woken(itself, undefined, object("b")), [key("b")])
  })
})
