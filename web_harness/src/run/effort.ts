// How long a job goes on beyond what the bundle plans; docs/method.md, "Turns and passes".

/** `ceiling_s`, `further_file_s`: for files that have not enough, of one and of each further one. */
export interface JobEffort {
  readonly least_passes: number;
  readonly most_passes: number;
  readonly ceiling_s: number;
  readonly further_file_s: number;
  /** How often a turn is taken again because the page was hidden, the first time counted. */
  readonly most_hidden: number;
}

/** What a job takes where nobody says otherwise. */
export const JOB_EFFORT: JobEffort = {
  least_passes: 5,
  most_passes: 1000,
  ceiling_s: 60,
  further_file_s: 5,
  most_hidden: 3,
};
