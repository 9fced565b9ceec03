/**
 * The password that the nodes of a cluster share, as a Secret holds it: redacted,
 * whether it is base64 or not.
 */
import * as Base64 from "effect/encoding/Base64"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { hideSecrets } from "../../kube/Body.ts"
import type { KubeObject } from "../../kube/Object.ts"
import type { Credentials } from "../Wire.ts"

/** Key of the Secret, and name of the file in its volume. */
export const passwordKey = "password"

/** What the start script takes. */
const isUsable = (word: string): boolean => /^[A-Za-z0-9._~-]+$/.test(word)

const encodedIn = (secret: KubeObject): string | undefined => {
  const data = hideSecrets(secret)["data"]
  if (typeof data !== "object" || data === null || !(passwordKey in data)) return undefined
  return Redacted.isRedacted(data.password) ? String(Redacted.value(data.password)) : undefined
}

const wordIn = (secret: KubeObject): string | undefined => {
  const encoded = encodedIn(secret)
  const word = encoded === undefined ? undefined : Result.getOrUndefined(Base64.decodeString(encoded))
  return word !== undefined && isUsable(word) ? word : undefined
}

/** Base64, as `data` has it. Undefined: there is none, or none that a node would start with. */
export const passwordIn = (secret: KubeObject | undefined): Redacted.Redacted<string> | undefined =>
  secret === undefined || wordIn(secret) === undefined ? undefined : Redacted.make(encodedIn(secret)!)

/** What nodes are logged in to with; undefined as for `passwordIn`. */
export const credentialsOf = (secret: KubeObject | undefined): Credentials | undefined => {
  const word = secret === undefined ? undefined : wordIn(secret)
  return word === undefined ? undefined : { user: "default", password: Redacted.make(word) }
}

/** The Secret with that password; what else is in it stays. */
export const withPassword = (secret: KubeObject, password: Redacted.Redacted<string>): KubeObject => {
  const data = secret["data"]
  return { ...secret, data: { ...(typeof data === "object" ? data : {}), [passwordKey]: password } }
}

/**
 * Neither the Secret nor its copy has the password that pods run with. A new one
 * would lock the operator out of them, and them out of each other.
 */
export class PasswordLost extends Schema.TaggedError<PasswordLost>()("PasswordLost", {
  namespace: Schema.String,
  secret: Schema.String,
  /** As a label selector: by these an object is known to be meant for the cluster. */
  labels: Schema.String,
  /** That may run with it. */
  pods: Schema.Array(Schema.String),
  /** Where they have it. */
  file: Schema.String
}) {
  override get message(): string {
    const { file, labels, namespace, pods, secret } = this
    return `Secret ${namespace}/${secret} has no password of use, nor has its copy, and ${pods.join(", ")} may run with the one it had: create it again with that, labelled ${labels} (each of these pods has it in ${file}); or, if their data may go or is on volumes, delete the Secret and these pods, and a new one is drawn`
  }
}
