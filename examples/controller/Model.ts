/**
 * The greeter in a closed world: a user who edits, a crash, a lost answer, a
 * stale cache and a conflict, in every order and between any two steps.
 */
import { Schema } from "effect"
import { answerLaws, type Model, objectIn, type Parts, passesEnd, Promises, type Read } from "gungnir/check"
import { sometimes, stabilizes, storeLaws, Users, world } from "gungnir/check"
import { Crd, Kinds } from "gungnir/kube"
import { greeter } from "./Greeter.ts"
import { crd, Greeting, resource, textOf } from "./Greeting.ts"

const at = { namespace: "default", name: "hello" }
const object = { ...Crd.typeOf(resource), metadata: at, spec: { to: "world", times: 1 } }

/** What a user may ask for instead, again and again while the budget lasts. */
const wishes = [1, 2].map((times) => ({ resource, ...at, says: `${times} times`, patch: { spec: { times } } }))

/** The ConfigMap holds the text that the spec asks for now, and the status says so. */
const isAnswered = (read: Read<Parts>): boolean => {
  const greeting = Schema.decodeUnknownSync(Greeting)(objectIn(read, resource, "default/hello"))
  const text = textOf(greeting)
  const held = objectIn(read, Kinds.ConfigMap, "default/hello")?.["data"] as { readonly text?: string } | undefined
  return held?.text === text && greeting.status.text === text
}

export const model: Model = {
  name: "greeter",
  controllers: [greeter],
  world: world({ definitions: [crd], objects: [{ resource, object }], nodes: 0 }),
  actions: [Users.edits("edit", wishes)],
  budgets: { edit: 2, crash: 1, lose: 1, stale: 1, conflict: 1 },
  properties: [
    sometimes("a Greeting is answered", isAnswered),
    stabilizes("in the end every Greeting is answered, and stays so", () => true, isAnswered),
    passesEnd("operator", greeter.name, at),
    ...storeLaws
  ],
  requests: [...answerLaws, Promises.writesOnly(greeter.name, [Kinds.ConfigMap, resource])]
}
