/** Finds the models of other widgets. */

import type { Manager } from "../host";

/** The model is registered a moment after its id arrives. */
const RETRY_MS = [20, 50, 100, 200, 400, 800, 1600];

export type Found = Awaited<ReturnType<Manager["get_model"]>>;

/** Returns a model of the widget manager; null if it does not come. */
export async function foundModel(manager: Manager, id: string): Promise<Found | null> {
  for (const delay of RETRY_MS) {
    try {
      return await manager.get_model(id);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return null;
}
