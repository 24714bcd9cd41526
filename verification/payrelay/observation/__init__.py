"""Observation: follows what is seen of a running system through the tables of its model, one event at a time.

**What is asked of a log.** An event says that a message was sent or received, and stands in the log of the party that
did it. The events of one party and one procedure stand in the order of its steps; what a step sends stands after what
it receives, and before that party's next step; what is sent stands before it is received. Everything else may come in
any order, and so may what parties do at the same time. Some places may not be seen at all (`Sight`): a link, one end of
it, one direction. What is not seen there may happen at any moment, and so may what users do, time-outs, crashes and
what happens inside.

**How it is followed.** A message that was sent stays deliverable for ever, timers fire and parties crash at any moment:
the unbounded faults of the search, whatever the configuration counts. So any number of losses, duplicates and
reorderings is explained, and what was possible with fewer messages under way is possible with more. The states that
parties may be in are kept as sets, numbered, with a table of which set follows which on which event (`following`): the
automaton is made deterministic as far as logs go, so that mostly an event is one look into a table. Parties that hear
of each other only by messages whose sending is seen are followed apart, which loses nothing: of such a message it is
known whether it was sent, and that is all that they share. What is left of a log's values are the names of the model
(`naming`), the same in every procedure; so all procedures share the tables.

**Each procedure for itself** (`observer`). A procedure is what has one name in the log, or what its symbols tie
together where the log names none; and it is one run of a configuration, with as many orders and attempts as that has.
Several attempts to pay one order are followed together if the log gives them one name, and the configuration has
several procedures. Where the log names none, a message that shares no symbol with any before is taken to begin one: a
relay's query of wallets and its request for an enrolment key do so, and are followed only if the log names procedures.

Across procedures nothing is checked, for nothing that they share could make a difference in the model: an account can
always be debited; a wallet's store distinguishes attempts by keys, of which each procedure has its own; the user is
enrolled from the start, or enrols within the procedure. So what is not found is exactly what only a comparison of
procedures could find: an identifier that two of them use, one order paid under two names, a wallet that has forgotten
a user between two procedures.

**Nothing is forgotten.** A procedure never ends, as copies of its messages may come for ever. One that was not heard of
for long is put aside into a file, and taken from there when it is heard of again (`store`). What memory holds is
bounded by the number of procedures under way, and by how many sets of states there are, which depends on the model and
on what is seen, not on the log.

**What is not told apart.** A terminal takes a fresh nonce for every request, where the model has one: an answer to an
older request is seen to be one if the terminal's sending is seen, and then passed over; an answer of the relay to an
older request than it holds is not found. What is sealed, or a digest, is compared as a whole. A form has the questions
of the model, and a page the slots that the model would fill.

`observer.Observer.feed` follows one event and `allowed` says what may come next; `deviations` says all there is to say
of an event that is not explained, `runs` makes a trace of what is explained, and `logs` writes logs of model runs.
"""
