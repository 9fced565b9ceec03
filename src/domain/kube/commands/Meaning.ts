/**
 * What commands of the Kubernetes API have in common: where a request goes, and
 * what an answer to it means.
 */
import * as Exit from "effect/Exit"
import { hideSecrets } from "../Body.ts"
import { fromReply, type KubeError } from "../KubeError.ts"
import { apiVersionOf, type KubeObject, type Resource } from "../Object.ts"
import type { ApiReply, ApiRequest } from "../Wire.ts"

export type Body = { readonly [field: string]: unknown }

export const at = (resource: Resource, namespace?: string, name?: string) => ({
  group: resource.group,
  version: resource.version,
  resource: resource.plural,
  ...(resource.namespaced && namespace !== undefined ? { namespace } : {}),
  ...(name === undefined ? {} : { name })
})

export const objectAt = (resource: Resource, object: KubeObject) =>
  at(resource, object.metadata.namespace, object.metadata.name)

export type Encoded = { readonly _tag: string; readonly encode: () => ApiRequest }

export const succeeded = (reply: ApiReply): boolean => reply.status >= 200 && reply.status < 300

export const failed = (command: Encoded, reply: ApiReply) => Exit.fail(fromReply(command._tag, command.encode(), reply))

const isObject = (body: unknown): body is KubeObject =>
  typeof body === "object" && body !== null && "metadata" in body && typeof body.metadata === "object"

export const oneObject = (command: Encoded, reply: ApiReply): Exit.Exit<KubeObject, KubeError> =>
  succeeded(reply) && isObject(reply.body) ? Exit.succeed(hideSecrets(reply.body)) : failed(command, reply)

export const noContent = (command: Encoded, reply: ApiReply): Exit.Exit<void, KubeError> =>
  succeeded(reply) ? Exit.void : failed(command, reply)

/** Objects and the version of the collection that a watch may start from. */
export interface Listed {
  readonly resourceVersion: string
  readonly items: ReadonlyArray<KubeObject>
}

export const listed = (command: Encoded, resource: Resource, reply: ApiReply): Exit.Exit<Listed, KubeError> => {
  const body = reply.body as { metadata?: { resourceVersion?: string }; items?: ReadonlyArray<KubeObject> } | undefined
  if (!succeeded(reply) || !Array.isArray(body?.items)) return failed(command, reply)
  // Items of a typed list carry neither apiVersion nor kind.
  const items = body.items.map((item: KubeObject) =>
    hideSecrets({ ...item, apiVersion: apiVersionOf(resource), kind: resource.kind })
  )
  return Exit.succeed({ resourceVersion: body.metadata?.resourceVersion ?? "", items })
}

export interface Address {
  readonly resource: Resource
  readonly namespace?: string
  readonly name: string
}

export interface Collection {
  readonly resource: Resource
  readonly namespace?: string
  readonly labelSelector?: string
}

export const selected = (selector: string | undefined) => (selector === undefined ? {} : { labelSelector: selector })
