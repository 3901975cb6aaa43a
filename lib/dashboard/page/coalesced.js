/**
 * Makes a function of a job: called while the job is being done, it has it done once more afterwards, however often it was
 * called. @param job must not reject
 */
export function coalesced(job) {
  let isBusy = false;
  let isWanted = false;
  return async () => {
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await job();
    }
    isBusy = false;
  };
}
