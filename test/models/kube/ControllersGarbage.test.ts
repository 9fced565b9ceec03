import { assert, describe, it } from "@effect/vitest"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import type { State } from "../../../src/models/kube/api/Server.ts"
import {
  conditionOf,
  type Condition,
  isTerminating,
  ownedBy,
  ownersOf
} from "../../../src/models/kube/controllers/Shapes.ts"
import * as World from "./ControllersWorld.ts"

const owner = (state: State, name = "owner") => World.get(state, Kinds.ConfigMap, name)

const six: ReadonlyArray<readonly [Resource, Parameters<typeof World.create>[2]]> = [
  [Kinds.Service, World.headless("web")],
  [Kinds.Service, World.service("web", { selector: { app: "web" } })],
  [Kinds.ConfigMap, { metadata: { name: "web", namespace: "a" } }],
  [Kinds.Secret, { metadata: { name: "web", namespace: "a" } }],
  [Kinds.StatefulSet, World.set("web")],
  [Kinds.PodDisruptionBudget, World.budget("web", { maxUnavailable: 1 })]
]

const owned = (draft: (typeof six)[number][1], by: ReadonlyArray<KubeObject>) => ({
  ...draft,
  metadata: { ...draft.metadata, ownerReferences: by.map((one) => ownedBy(Kinds.ConfigMap, one)) }
})

/** A cluster of six objects below one owner, settled. */
const withSix = (): State => {
  const state = World.create(World.world(), Kinds.ConfigMap, { metadata: { name: "owner", namespace: "a" } })
  const own = owner(state)
  return World.settled(six.reduce((now, [resource, draft]) => World.create(now, resource, owned(draft, [own])), state))
}

const left = (state: State): ReadonlyArray<string> =>
  [...new Set(six.map(([resource]) => resource)), Kinds.Pod, Kinds.EndpointSlice, Kinds.ControllerRevision].flatMap(
    (resource) => World.namesOf(state, resource).filter((name) => name.startsWith("web"))
  )

describe("the garbage collector", () => {
  it("removes the six dependents of a deleted owner, with their pods and slices, and keeps the claims", () => {
    const before = withSix()
    const after = World.settled(World.remove(before, Kinds.ConfigMap, "owner"))

    assert.strictEqual(left(before).length, 12)
    assert.deepStrictEqual(left(after), [])
    assert.strictEqual(World.list(after, Kinds.PersistentVolumeClaim).length, 3)
  })

  it("keeps the owner until its dependents are gone when it is deleted in the foreground", () => {
    const before = World.patch(withSix(), Kinds.Secret, "web", { metadata: { finalizers: ["gungnir.test/stays"] } })
    const waiting = World.settled(World.remove(before, Kinds.ConfigMap, "owner", { propagationPolicy: "Foreground" }))
    const after = World.settled(World.patch(waiting, Kinds.Secret, "web", { metadata: { finalizers: null } }))

    assert.isTrue(isTerminating(owner(waiting)))
    assert.deepStrictEqual(left(waiting), ["web"])
    assert.deepStrictEqual(left(after), [])
    assert.notInclude(World.namesOf(after, Kinds.ConfigMap), "owner")
  })

  it("leaves dependents without owner when they are to be orphaned", () => {
    const before = withSix()
    const after = World.settled(World.remove(before, Kinds.ConfigMap, "owner", { propagationPolicy: "Orphan" }))

    assert.deepStrictEqual(left(after), left(before))
    assert.deepStrictEqual(ownersOf(World.get(after, Kinds.StatefulSet, "web")), [])
    assert.notInclude(World.namesOf(after, Kinds.ConfigMap), "owner")
  })

  it("does not take an owner of the same name but another uid for the owner", () => {
    const gone = World.remove(withSix(), Kinds.ConfigMap, "owner")
    const recreated = World.create(gone, Kinds.ConfigMap, { metadata: { name: "owner", namespace: "a" } })

    assert.deepStrictEqual(left(World.settled(recreated)), [])
  })

  it("keeps an object that has one owner left, without the reference to the other", () => {
    const one = World.create(World.world(), Kinds.ConfigMap, { metadata: { name: "one", namespace: "a" } })
    const two = World.create(one, Kinds.ConfigMap, { metadata: { name: "two", namespace: "a" } })
    const refs = [owner(two, "one"), owner(two, "two")].map((by) => ({
      ...ownedBy(Kinds.ConfigMap, by),
      controller: false
    }))
    const secret = { metadata: { name: "both", namespace: "a", ownerReferences: refs } }
    const state = World.remove(World.create(two, Kinds.Secret, secret), Kinds.ConfigMap, "one")

    assert.deepStrictEqual(
      ownersOf(World.get(World.settled(state), Kinds.Secret, "both")).map(({ name }) => name),
      ["two"]
    )
  })

  it("follows owners without a namespace", () => {
    const state = World.world()
    const node = World.get(state, Kinds.Node, "n-2")
    const secret = { metadata: { name: "of-node", namespace: "a", ownerReferences: [ownedBy(Kinds.Node, node)] } }
    const before = World.settled(World.create(state, Kinds.Secret, secret))
    const after = World.settled(World.remove(before, Kinds.Node, "n-2"))

    assert.include(World.namesOf(before, Kinds.Secret), "of-node")
    assert.notInclude(World.namesOf(after, Kinds.Secret), "of-node")
  })

  it("does nothing about owners of a kind that is not served", () => {
    const stranger = { apiVersion: "example.com/v1", kind: "Stranger", name: "x", uid: "u" }
    const secret = { metadata: { name: "strange", namespace: "a", ownerReferences: [stranger] } }

    assert.include(
      World.namesOf(World.settled(World.create(World.world(), Kinds.Secret, secret)), Kinds.Secret),
      "strange"
    )
  })
})

interface Namespace extends KubeObject {
  readonly status: { readonly conditions?: ReadonlyArray<Condition> }
}

describe("the namespace controllers", () => {
  it("give each namespace a service account and the CA bundle", () => {
    const state = World.settled(World.world())

    assert.deepStrictEqual(World.namesOf(state, Kinds.ServiceAccount, "b"), ["default"])
    assert.deepStrictEqual(World.namesOf(state, Kinds.ConfigMap, "b"), ["kube-root-ca.crt"])
  })

  it("remove everything in a deleted namespace, and nothing elsewhere", () => {
    const before = World.settled(World.create(withSix(), Kinds.StatefulSet, World.set("web", {}, { namespace: "b" })))
    const after = World.settled(World.remove(before, Kinds.Namespace, "a"))

    assert.notInclude(World.namesOf(after, Kinds.Namespace), "a")
    assert.deepStrictEqual(left(after), [])
    assert.deepStrictEqual(World.list(after, Kinds.PersistentVolumeClaim), [])
    assert.deepStrictEqual(World.list(after, Kinds.Pod, "b"), World.list(before, Kinds.Pod, "b"))
  })

  it("say what a terminating namespace waits for", () => {
    const stuck = World.patch(withSix(), Kinds.Secret, "web", { metadata: { finalizers: ["gungnir.test/stays"] } })
    const state = World.settled(World.remove(stuck, Kinds.Namespace, "a"))
    const { conditions } = World.get<Namespace>(state, Kinds.Namespace, "a").status

    assert.strictEqual(
      conditionOf(conditions, "NamespaceContentRemaining")?.message,
      "Some resources are remaining: secrets. has 1 resource instances"
    )
    assert.strictEqual(
      conditionOf(conditions, "NamespaceFinalizersRemaining")?.message,
      "Some content in the namespace has finalizers remaining: gungnir.test/stays in 1 resource instances"
    )
  })
})
