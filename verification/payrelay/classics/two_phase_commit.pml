/* Two-phase commit, written by hand for SPIN: as it stands in Gray and Lamport, Consensus on Transaction Commit,
   2006. Messages stay readable for ever, and nothing is lost or crashes. MANAGERS is the number of resource managers:
     spin -a -o2 -DMANAGERS=3 two_phase_commit.pml
   What would change nothing is no step.
*/
#ifndef MANAGERS
#define MANAGERS 3
#endif
#define EVERYONE ((1 << MANAGERS) - 1)

/* The resource managers, a bit for each by its number: those that are no longer working */
unsigned prepared : MANAGERS;
unsigned committed : MANAGERS;
unsigned aborted : MANAGERS;

/* The transaction manager: whether it has decided, and whom it has heard prepared from */
bit decided;
unsigned heard : MANAGERS;

/* Messages that have been sent */
unsigned said_prepared : MANAGERS;
bit said_commit;
bit said_abort;

#define ME (1 << _pid)
#define IS_WORKING !((prepared | committed | aborted) & ME)
#define IS_CONSISTENT !(committed && aborted)

/* A resource manager, and what the transaction manager hears of it */
active [MANAGERS] proctype resource() {
end: do
  /* it finishes its work */
  :: d_step { IS_WORKING ->
       prepared = prepared | ME; said_prepared = said_prepared | ME }
  /* it gives up */
  :: d_step { IS_WORKING ->
       aborted = aborted | ME; assert(IS_CONSISTENT) }
  /* it commits as it is told */
  :: d_step { said_commit && !(committed & ME) ->
       prepared = prepared & ~ME; aborted = aborted & ~ME; committed = committed | ME; assert(IS_CONSISTENT) }
  /* it aborts as it is told */
  :: d_step { said_abort && !(aborted & ME) ->
       prepared = prepared & ~ME; committed = committed & ~ME; aborted = aborted | ME; assert(IS_CONSISTENT) }
  /* the transaction manager hears that it is prepared */
  :: d_step { !decided && (said_prepared & ME) && !(heard & ME) ->
       heard = heard | ME }
  od
}

active proctype transaction() {
end: do
  /* it decides to commit */
  :: d_step { !decided && heard == EVERYONE ->
       decided = 1; said_commit = 1 }
  /* it decides to abort */
  :: d_step { !decided ->
       decided = 1; said_abort = 1 }
  od
}
