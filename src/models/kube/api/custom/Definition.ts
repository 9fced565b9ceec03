/**
 * Kinds from CustomResourceDefinitions.
 */
import type { KubeObject } from "../../../../domain/kube/Object.ts"
import type { Kind } from "../Kind.ts"

/** The served versions of a definition, each as a kind. */
export const fromDefinition = (_crd: KubeObject): ReadonlyArray<Kind> => []
