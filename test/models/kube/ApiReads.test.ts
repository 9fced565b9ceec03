import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { ConfigMap, Pod, Secret } from "../../../src/domain/kube/Object.ts"
import * as Selector from "../../../src/models/kube/api/Selector.ts"
import { logLimit } from "../../../src/models/kube/api/Store.ts"
import { pod, Session } from "./ApiSession.ts"

const namesOf = (answer: { readonly items: ReadonlyArray<{ readonly metadata: { readonly name?: string } }> }) =>
  answer.items.map(({ metadata }) => metadata.name)

describe("reads of the API server model", () => {
  const filled = () => {
    const session = new Session()
    for (const name of ["d", "b", "a", "c"])
      session.create(ConfigMap, { name, labels: { n: name, odd: String("ac".includes(name)) } })
    return session
  }

  it("list in the order of names, whatever the order of creation", () => {
    const { body, items } = filled().send("list", ConfigMap)
    assert.deepStrictEqual(namesOf({ items }), ["a", "b", "c", "d"])
    assert.notProperty(items[0], "kind")
    assert.propertyVal(body, "kind", "ConfigMapList")
  })

  it("select by labels, as equalities and as sets", () => {
    const session = filled()
    const listed = (labelSelector: string) => namesOf(session.send("list", ConfigMap, { query: { labelSelector } }))
    assert.deepStrictEqual(listed("odd=true"), ["a", "c"])
    assert.deepStrictEqual(listed("odd!=true"), ["b", "d"])
    assert.deepStrictEqual(listed("n in (a, d),odd"), ["a", "d"])
    assert.deepStrictEqual(listed("n notin (a),!zz,odd == true"), ["c"])
    assert.deepStrictEqual(listed("zz"), [])
    assert.strictEqual(session.send("list", ConfigMap, { query: { labelSelector: "((" } }).status, 400)
  })

  it("select by the fields that a kind offers, and by no others", () => {
    const session = filled()
    session.send("create", Pod, { body: pod("p", { nodeName: "n1" }) })
    const found = session.send("list", Pod, { query: { fieldSelector: "spec.nodeName=n1,status.phase!=Running" } })
    assert.deepStrictEqual(namesOf(found), ["p"])
    assert.deepStrictEqual(namesOf(session.send("list", ConfigMap, { query: { fieldSelector: "metadata.name=b" } })), [
      "b"
    ])
    const wrong = (resource: typeof Pod) =>
      session.send("list", resource, { query: { fieldSelector: "data.x=1" } }).error.message
    assert.strictEqual(wrong(Pod), "field label not supported: data.x")
    assert.strictEqual(
      wrong(ConfigMap),
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )
  })

  it("give the pages of a list as of its first page", () => {
    const session = filled()
    const first = session.send("list", ConfigMap, { query: { limit: "2" } })
    assert.strictEqual(first.metadata.remainingItemCount, 2)
    session.remove(ConfigMap, "d")
    session.create(ConfigMap, { name: "bb" })
    const second = session.send("list", ConfigMap, { query: { limit: "2", continue: first.metadata.continue! } })
    assert.deepStrictEqual(
      [namesOf(first), namesOf(second)],
      [
        ["a", "b"],
        ["c", "d"]
      ]
    )
    assert.strictEqual(second.metadata.resourceVersion, first.metadata.resourceVersion)
    assert.isUndefined(second.metadata.continue)
  })

  it("list the past while it is remembered", () => {
    const session = filled()
    const { resourceVersion } = session.send("list", ConfigMap).metadata
    session.remove(ConfigMap, "a")
    const exact = { resourceVersion, resourceVersionMatch: "Exact" }
    assert.deepStrictEqual(namesOf(session.send("list", ConfigMap, { query: exact })), ["a", "b", "c", "d"])
    assert.deepStrictEqual(namesOf(session.send("list", ConfigMap, { query: { resourceVersion } })), ["b", "c", "d"])
    const first = session.send("list", ConfigMap, { query: { limit: "1" } })
    for (let write = 0; write < logLimit; write++) session.merge(ConfigMap, "b", { data: { write: String(write) } })
    assert.strictEqual(session.send("list", ConfigMap, { query: exact }).status, 410)
    const late = session.send("list", ConfigMap, { query: { continue: first.metadata.continue! } })
    assert.strictEqual(late.status, 410)
    const rest = session.send("list", ConfigMap, { query: { continue: late.metadata.continue! } })
    assert.deepStrictEqual(namesOf(rest), ["c", "d"])
  })

  it("refuse versions of the future and versions that are none", () => {
    const session = filled()
    const future = session.get(ConfigMap, "a", { query: { resourceVersion: "999" } })
    assert.strictEqual(
      future.error.message,
      `Timeout: Too large resource version: 999, current: ${session.state.version}`
    )
    assert.strictEqual(future.status, 504)
    assert.strictEqual(session.get(ConfigMap, "a", { query: { resourceVersion: "x" } }).status, 500)
    assert.strictEqual(session.send("list", ConfigMap, { query: { resourceVersion: "x" } }).status, 400)
  })

  it("put stamped passwords where they belong", () => {
    const session = new Session()
    session.send("create", Secret, {
      body: { metadata: { name: "s" } },
      stamps: [{ path: ["stringData", "password"], value: "password" }]
    })
    const data = session.get(Secret, "s").object["data"] as { readonly password: string }
    assert.match(atob(data.password), /^password-of-the-memory-interpreter-\d+$/)
  })
})

describe("label selectors", () => {
  it("are refused in the words of apimachinery", () => {
    const complaint = (text: string) => {
      const parsed = Selector.parse(text)
      return Result.isFailure(parsed) ? parsed.failure : undefined
    }
    assert.strictEqual(
      complaint("a b"),
      "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"
    )
    assert.strictEqual(complaint("a,,"), "found ',', expected: identifier after ','")
    assert.strictEqual(complaint("a in ("), "unable to parse requirement: found '', expected: ',', ')' or identifier")
    assert.strictEqual(complaint("!a=b"), "found '=', expected: ',' or 'end of string'")
    assert.isUndefined(complaint(" a in (x,,y) , b notin () ,c"))
  })

  it("print as they are read", () => {
    const text = "a=b,c in (d,e),f,!g,h!=i,j>5"
    const parsed = Selector.parse(text)
    assert.strictEqual(Result.isSuccess(parsed) && Selector.print(parsed.success), text)
  })
})
