-------------------------- MODULE two_phase_commit --------------------------
(* Two-phase commit, written by hand for TLC: as it stands in Gray and       *)
(* Lamport, Consensus on Transaction Commit, 2006. Messages stay readable    *)
(* for ever, and nothing is lost or crashes. What is read again is a step,   *)
(* though it changes nothing. two_phase_commit.cfg says how many managers.   *)
EXTENDS Naturals
CONSTANT Managers  \* how many resource managers there are

VARIABLES
  resource,     \* what each resource manager is
  transaction,  \* what the transaction manager is
  heard,        \* those that the transaction manager has heard prepared from
  prepared,     \* those that have said that they are prepared
  told          \* what the transaction manager has told everyone

everything == <<resource, transaction, heard, prepared, told>>
Everyone == 1..Managers

IsWellFormed ==
  /\ resource \in [Everyone -> {"working", "prepared", "committed", "aborted"}]
  /\ transaction \in {"undecided", "committed", "aborted"}
  /\ heard \subseteq prepared
  /\ prepared \subseteq Everyone
  /\ told \subseteq {"commit", "abort"}

Begins ==
  /\ resource = [one \in Everyone |-> "working"]
  /\ transaction = "undecided"
  /\ heard = {}
  /\ prepared = {}
  /\ told = {}

(* A resource manager finishes its work, *)
Prepares(one) ==
  /\ resource[one] = "working"
  /\ resource' = [resource EXCEPT ![one] = "prepared"]
  /\ prepared' = prepared \union {one}
  /\ UNCHANGED <<transaction, heard, told>>

(* or gives up; *)
GivesUp(one) ==
  /\ resource[one] = "working"
  /\ resource' = [resource EXCEPT ![one] = "aborted"]
  /\ UNCHANGED <<transaction, heard, prepared, told>>

(* and does as it is told, whatever it was. *)
Obeys(one, word, state) ==
  /\ word \in told
  /\ resource' = [resource EXCEPT ![one] = state]
  /\ UNCHANGED <<transaction, heard, prepared, told>>

(* The transaction manager hears who is prepared, *)
Hears(one) ==
  /\ transaction = "undecided"
  /\ one \in prepared
  /\ heard' = heard \union {one}
  /\ UNCHANGED <<resource, transaction, prepared, told>>

(* commits once everyone is, *)
Commits ==
  /\ transaction = "undecided"
  /\ heard = Everyone
  /\ transaction' = "committed"
  /\ told' = told \union {"commit"}
  /\ UNCHANGED <<resource, heard, prepared>>

(* and may abort before. *)
Aborts ==
  /\ transaction = "undecided"
  /\ transaction' = "aborted"
  /\ told' = told \union {"abort"}
  /\ UNCHANGED <<resource, heard, prepared>>

Steps ==
  \/ Commits
  \/ Aborts
  \/ \E one \in Everyone :
       \/ Prepares(one)
       \/ GivesUp(one)
       \/ Obeys(one, "commit", "committed")
       \/ Obeys(one, "abort", "aborted")
       \/ Hears(one)

Runs == Begins /\ [][Steps]_everything

(* No resource manager is aborted while another is committed. *)
IsConsistent ==
  ~ \E one, other \in Everyone : resource[one] = "aborted" /\ resource[other] = "committed"
=============================================================================
