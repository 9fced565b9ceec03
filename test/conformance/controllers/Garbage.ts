/** The garbage collector: owners that were never there, go, and wait; and what namespaces get and lose. */
import * as Kinds from "../../../src/domain/kube/Object.ts"
import { configMap, pod, service } from "./Drafts.ts"
import { create, createOwned, gone, patch, ready, remove, type Script, step } from "./Script.ts"

const nobody = "00000000-aaaa-4000-8000-000000000000"
const stays = { finalizers: ["gungnir.test/stays"] }
const letGo = { metadata: { finalizers: null } }
const map = (name: string) => ({ resource: Kinds.ConfigMap, name })

const owners: Script = {
  name: "owners",
  steps: [
    step(
      "objects without owners",
      ...["a", "b", "c"].map((name) => create(Kinds.ConfigMap, configMap(name))),
      create(Kinds.Service, service("s", {}))
    ),
    step(
      "owned by what is there, was never there, and is another by now",
      createOwned(Kinds.ConfigMap, configMap("of-a"), map("a")),
      createOwned(Kinds.ConfigMap, configMap("of-a-and-b"), map("a"), map("b")),
      createOwned(Kinds.ConfigMap, configMap("of-service"), { resource: Kinds.Service, name: "s", controller: true }),
      createOwned(Kinds.ConfigMap, configMap("of-nobody"), { ...map("nobody"), uid: nobody }),
      createOwned(Kinds.ConfigMap, configMap("of-another"), { ...map("a"), uid: nobody }),
      createOwned(Kinds.ConfigMap, configMap("of-a-and-nobody"), map("a"), { ...map("nobody"), uid: nobody }),
      createOwned(Kinds.ConfigMap, configMap("of-nobody-stays", stays), { ...map("nobody"), uid: nobody })
    ),
    step("dependents of dependents", createOwned(Kinds.ConfigMap, configMap("of-of-a"), map("of-a"))),
    step("an owner goes in the background", remove(Kinds.ConfigMap, "a")),
    step("the second owner goes", remove(Kinds.ConfigMap, "b", { propagationPolicy: "Background" })),
    step("the Service goes", remove(Kinds.Service, "s")),
    step("what waited for a finalizer goes", patch(Kinds.ConfigMap, "of-nobody-stays", letGo))
  ]
}

const modes: Script = {
  name: "modes",
  steps: [
    step("owners", ...["f", "g", "o", "w"].map((name) => create(Kinds.ConfigMap, configMap(name)))),
    step(
      "dependents that block and do not",
      createOwned(Kinds.ConfigMap, configMap("f-blocks", stays), { ...map("f"), blockOwnerDeletion: true }),
      createOwned(Kinds.ConfigMap, configMap("f-free", stays), { ...map("f"), blockOwnerDeletion: false }),
      createOwned(Kinds.ConfigMap, configMap("f-and-o"), { ...map("f"), blockOwnerDeletion: true }, map("o")),
      createOwned(Kinds.ConfigMap, configMap("g-free", stays), map("g")),
      createOwned(Kinds.ConfigMap, configMap("o-0"), map("o")),
      createOwned(Kinds.ConfigMap, configMap("w-0", stays), { ...map("w"), blockOwnerDeletion: true })
    ),
    step(
      "dependents of a dependent that blocks",
      createOwned(Kinds.ConfigMap, configMap("f-deep", stays), { ...map("f-blocks"), blockOwnerDeletion: true })
    ),
    step("foreground: the owner waits", remove(Kinds.ConfigMap, "f", { propagationPolicy: "Foreground" })),
    step("foreground: nobody blocks", remove(Kinds.ConfigMap, "g", { propagationPolicy: "Foreground" })),
    step("the deepest goes", patch(Kinds.ConfigMap, "f-deep", letGo)),
    step("and what blocked", patch(Kinds.ConfigMap, "f-blocks", { metadata: { finalizers: ["foregroundDeletion"] } })),
    step("orphans", remove(Kinds.ConfigMap, "o", { propagationPolicy: "Orphan" })),
    step("a mode is chosen again while it waits", remove(Kinds.ConfigMap, "w", { propagationPolicy: "Foreground" })),
    step("now in the background", remove(Kinds.ConfigMap, "w", { propagationPolicy: "Background" })),
    step("all are let go", ...["f-free", "g-free", "w-0"].map((name) => patch(Kinds.ConfigMap, name, letGo)))
  ]
}

const account = { metadata: { name: "default" } }

const defaults: Script = {
  name: "defaults",
  steps: [
    step("both are deleted", remove(Kinds.ServiceAccount, "default"), remove(Kinds.ConfigMap, "kube-root-ca.crt")),
    step("one is there already", create(Kinds.ServiceAccount, account)),
    step(
      "the bundle is changed",
      patch(Kinds.ConfigMap, "kube-root-ca.crt", {
        data: { "ca.crt": "mine", more: "x" },
        metadata: { annotations: null, labels: { l: "l" } }
      })
    ),
    step("and its description", patch(Kinds.ConfigMap, "kube-root-ca.crt", { metadata: { annotations: { a: "b" } } }))
  ]
}

const long = 40

/** Its own namespace, until nothing is left of it. */
const ending: Script = {
  name: "ending",
  steps: [
    step(
      "content of many kinds",
      create(Kinds.ConfigMap, configMap("stuck", stays)),
      create(Kinds.ConfigMap, configMap("plain")),
      create(Kinds.Pod, pod("slow", {}, {}, { finalizers: ["gungnir.test/pod"] })),
      create(Kinds.Pod, pod("bound")),
      create(Kinds.Service, service("s", { selector: { app: "a" } })),
      ready("bound", "10.0.6.10")
    ),
    {
      ...step("the namespace is deleted: pods come first", remove(Kinds.Namespace, "controllers-ending")),
      patienceSeconds: long
    },
    step("nothing new may come", create(Kinds.ConfigMap, configMap("late"))),
    {
      ...step("pods have gone: the rest is stuck", gone("bound"), patch(Kinds.Pod, "slow", letGo)),
      patienceSeconds: long
    },
    { ...step("all is let go", patch(Kinds.ConfigMap, "stuck", letGo)), patienceSeconds: long }
  ]
}

export const garbage: ReadonlyArray<Script> = [owners, modes, defaults, ending]
