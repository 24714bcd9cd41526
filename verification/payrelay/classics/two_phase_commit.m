/* Two-phase commit, written by hand for Murphi and Rumur: as it stands in Gray and Lamport, Consensus on Transaction
   Commit, 2006. Messages stay readable for ever, and nothing is lost or crashes. What is read again is a step, though
   it changes nothing. The managers are no scalarset, so that every order of them counts. A run may end:
     rumur --deadlock-detection off --output search.c two_phase_commit.m
*/
const
  managers: 3;

type
  one_of_them: 1..managers;

var
  resource: array [one_of_them] of enum { working, ready, committed, aborted };
  decided: boolean;                          -- whether the transaction manager is done
  heard: array [one_of_them] of boolean;     -- whom it has heard prepared from
  prepared: array [one_of_them] of boolean;  -- who has said that
  said_commit: boolean;                      -- what the transaction manager has told everyone
  said_abort: boolean;

startstate "everyone is working"
begin
  for one: one_of_them do
    resource[one] := working;
    heard[one] := false;
    prepared[one] := false;
  end;
  decided := false;
  said_commit := false;
  said_abort := false;
end;

ruleset one: one_of_them do
  rule "it finishes its work"
    resource[one] = working
  ==>
  begin
    resource[one] := ready;
    prepared[one] := true;
  end;

  rule "it gives up"
    resource[one] = working
  ==>
  begin
    resource[one] := aborted;
  end;

  rule "it commits as it is told"
    said_commit
  ==>
  begin
    resource[one] := committed;
  end;

  rule "it aborts as it is told"
    said_abort
  ==>
  begin
    resource[one] := aborted;
  end;

  rule "the transaction manager hears that it is prepared"
    !decided & prepared[one]
  ==>
  begin
    heard[one] := true;
  end;
end;

rule "the transaction manager decides to commit"
  !decided & forall one: one_of_them do heard[one] end
==>
begin
  decided := true;
  said_commit := true;
end;

rule "the transaction manager decides to abort"
  !decided
==>
begin
  decided := true;
  said_abort := true;
end;

invariant "no manager is aborted while another is committed"
  !exists one: one_of_them do resource[one] = aborted end
  | !exists one: one_of_them do resource[one] = committed end;
