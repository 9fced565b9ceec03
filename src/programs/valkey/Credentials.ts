/**
 * The password of a cluster's nodes, as its Secret holds it.
 */
import * as Redacted from "effect/Redacted"
import type { KubeObject } from "../../domain/kube/Object.ts"
import type { Credentials } from "../../domain/valkey/Wire.ts"

/** Undefined while there is no Secret, or none with a password. The value stays redacted, base64 or not. */
export const credentialsOf = (secret: KubeObject | undefined, key: string): Credentials | undefined => {
  const data = secret?.["data"] as Readonly<Record<string, unknown>> | undefined
  const value = data?.[key]
  if (!Redacted.isRedacted(value)) return undefined
  return { user: "default", password: Redacted.make(atob(String(Redacted.value(value)))) }
}
