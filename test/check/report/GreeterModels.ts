/** The example controller as models for the command line: one holds, the others do not. */
import { greeter } from "../../../examples/controller/Greeter.ts"
import { crd, resource } from "../../../examples/controller/Greeting.ts"
import { always, sometimes, stabilizes } from "../../../src/domain/check/Properties.ts"
import type { Action, Components, Property, Read } from "../../../src/domain/check/System.ts"
import { ConfigMap } from "../../../src/domain/kube/Object.ts"
import type { Checked } from "../../../src/laws/Models.ts"
import type { Outside } from "../../../src/models/closed/Outside.ts"
import { kindIn } from "../../../src/models/closed/Parts.ts"
import { world } from "../../../src/models/closed/World.ts"

const greeting = {
  apiVersion: "example.org/v1",
  kind: "Greeting",
  metadata: { name: "hello", namespace: "default" },
  spec: { to: "world", times: 2 }
}

const patch = {
  verb: "patch",
  group: "example.org",
  version: "v1",
  resource: "greetings",
  namespace: "default",
  name: "hello",
  contentType: "application/merge-patch+json",
  query: { fieldManager: "user" },
  body: { spec: { times: 3 } }
}

/** `any`: the world knows its components. */
const edit = ({ serve }: Outside<any>): Action<Components> => ({
  name: "user: edit",
  fairness: { budget: "edit" },
  *outcomes(read) {
    yield { key: "greetings/hello", set: serve("kubernetes", patch, read, "user").set, says: "the user asks for 3" }
  }
})

const textIn = (read: Read<any>): string => JSON.stringify(kindIn(read, ConfigMap).get("default/hello") ?? {})
const isGreeted = (read: Read<any>): boolean => textIn(read).includes("Hello world! Hello world!")
const isGreetedThrice = (read: Read<any>): boolean => textIn(read).includes("Hello world! Hello world! Hello world!")

const checked = (
  name: string,
  about: string,
  standard: Readonly<Record<string, number>>,
  properties: ReadonlyArray<Property<Components>>
): Checked => ({
  name,
  about,
  budgets: standard,
  model: (title, budgets) => {
    const outside = world({
      budgets,
      definitions: [crd],
      namespaces: [],
      nodes: 0,
      objects: [{ resource, object: greeting }]
    })
    return { name: title, controllers: [greeter], world: outside, budgets, actions: [edit(outside)], properties }
  }
})

const greeted = sometimes("is greeted", isGreeted)

export const models: ReadonlyArray<Checked> = [
  checked("greeter/crash", "one greeting, a crash", { crash: 1, edit: 0 }, [
    greeted,
    stabilizes("stays greeted", () => true, isGreeted)
  ]),
  checked("greeter/edit", "a user who edits, and a claim that does not hold", { crash: 1, lose: 1, edit: 1 }, [
    greeted,
    always("is never greeted thrice", (read) => !isGreetedThrice(read)),
    stabilizes("is greeted thrice in the end", () => true, isGreetedThrice)
  ])
]
