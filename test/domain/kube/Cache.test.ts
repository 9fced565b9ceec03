import { assert, describe, it } from "@effect/vitest"
import * as Cache from "../../../src/domain/kube/Cache.ts"
import { CachedList } from "../../../src/domain/kube/Kubernetes.ts"
import { type KubeObject, Pod } from "../../../src/domain/kube/Object.ts"
import * as Reflector from "../../../src/domain/kube/Reflector.ts"

const pod = (name: string, labels: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels }
})

const view = (labelSelector?: string): Cache.View => ({
  scope: { resource: Pod, ...(labelSelector === undefined ? {} : { labelSelector }) },
  state: {
    ...Reflector.start[0],
    objects: [pod("a", { name: "valkey", instance: "x" }), pod("b", { name: "valkey", instance: "y" })],
    version: "7",
    isSynced: true
  }
})

const list = (labelSelector?: string) =>
  new CachedList({
    resource: Pod,
    namespace: "default",
    ...(labelSelector === undefined ? {} : { labelSelector })
  }).encode()

const names = (reply: ReturnType<typeof Cache.answer>) =>
  (reply?.body as { items: ReadonlyArray<KubeObject> } | undefined)?.items.map(({ metadata }) => metadata.name)

/** Found end to end: a settled operator listed its pods ten times a second. */
describe("a cached list", () => {
  it("is answered from a view whose selector it narrows", () => {
    assert.deepStrictEqual(names(Cache.answer([view("name=valkey")], list("name=valkey,instance=y"))), ["b"])
  })

  it("is not answered from a view that may lack some of what it asks for", () => {
    assert.isUndefined(Cache.answer([view("name=valkey")], list("instance=y")))
    assert.isUndefined(Cache.answer([view("name=valkey,instance=x")], list("name=valkey")))
    assert.isUndefined(Cache.answer([view("name=valkey")], list()))
  })

  it("is answered from a view of everything", () => {
    assert.deepStrictEqual(names(Cache.answer([view()], list("instance=x"))), ["a"])
  })
})
