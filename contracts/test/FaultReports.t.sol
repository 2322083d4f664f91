// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FaultProver} from "../src/FaultProver.sol";
import {EpochReport} from "../src/Types.sol";
import {FaultsFixture} from "./support/FaultsFixture.sol";
import {VM} from "./support/Vm.sol";

/// Two reports about one epoch: proven whenever there are two, and never otherwise.
contract FaultReportsTest is FaultsFixture {
    bytes private _calldata;
    EpochReport private _a;
    bytes private _sigA;
    EpochReport private _b;
    bytes private _sigB;

    function setUp() external {
        deploy(1_700_000_000, 1);
        _calldata = data(".twoReports.calldata");
        (_a, _sigA, _b, _sigB) = abi.decode(argumentsOf(_calldata), (EpochReport, bytes, EpochReport, bytes));
    }

    function _call(EpochReport memory a, bytes memory sigA, EpochReport memory b, bytes memory sigB)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(FaultProver.proveTwoReports, (a, sigA, b, sigB));
    }

    function _key() private view returns (bytes32) {
        return prover.reportsKey(ALICE, EPOCH);
    }

    function _wrongSigner(address recovered) private pure returns (bytes memory) {
        return abi.encodeWithSelector(FaultProver.WrongSigner.selector, VM.addr(SIGNER_KEY), recovered);
    }

    /// @dev Some field but epoch and validator, changed.
    function _altered(uint8 field, bytes32 salt) private view returns (EpochReport memory report) {
        report = _a;
        uint32 number = uint32(uint256(salt));
        if (field % 10 == 0) report.auditRoot ^= salt;
        if (field % 10 == 1) report.summaryRoot ^= salt;
        if (field % 10 == 2) report.due ^= number;
        if (field % 10 == 3) report.done ^= number;
        if (field % 10 == 4) report.seed ^= salt;
        if (field % 10 == 5) report.beaconRound ^= number;
        if (field % 10 == 6) report.nodeCount ^= number;
        if (field % 10 == 7) report.policyHash ^= salt;
        if (field % 10 == 8) report.previous ^= salt;
        if (field % 10 == 9) report.archiveHash ^= salt;
    }

    function test_Vector() external {
        same(_key(), word(".twoReports.faultKey"), "key");
        same(registry.hashReport(_a), word(".twoReports.a.reportHash"), "hash");
        same(registry.hashReport(_b), word(".twoReports.b.reportHash"), "hash");
        same(_sigB.length, 64, "one of the signatures is compact");
        expectProven(_calldata, 1, ALICE, 0, 500_000, _key());
        expectRefused(_call(_b, _sigB, _a, _sigA), abi.encodeWithSelector(FaultProver.AlreadyProven.selector, _key()));
    }

    function test_AtTheLastMoment() external {
        VM.warp(provableUntil(EPOCH));
        expectProven(_calldata, 1, ALICE, 0, 500_000, _key());
    }

    /// Whoever has the epoch's key years later can sign what it likes: it is too late, with these two or with any.
    function testFuzz_TooLateNever(uint256 later, uint8 field, bytes32 salt) external {
        VM.assume(uint32(uint256(salt)) != 0);
        EpochReport memory b = _altered(field, salt);
        expectTooOld(_call(_a, _sigA, b, signReport(SIGNER_KEY, b, false)), later);
    }

    /// The time is that of the epoch which the reports name, however young it is.
    function testFuzz_InTime(uint64 epoch, uint256 later) external {
        epoch = uint64(between(epoch, 0, 1_000_000));
        (EpochReport memory a, EpochReport memory b) = (_a, _b);
        (a.epoch, b.epoch) = (epoch, epoch);
        registry.setSigner(ALICE, epoch, VM.addr(SIGNER_KEY));
        uint256 end = registry.epochStart(epoch + 1);
        VM.warp(end + between(later, 0, UNBONDING));
        bytes memory call = _call(a, signReport(SIGNER_KEY, a, false), b, signReport(SIGNER_KEY, b, false));
        expectProven(call, 1, ALICE, 0, 500_000, prover.reportsKey(ALICE, epoch));
    }

    /// Any two that differ, in whatever field, whatever form the signatures have.
    function testFuzz_AnyTwo(uint8 field, bytes32 salt, bool compactA, bool compactB) external {
        VM.assume(uint32(uint256(salt)) != 0);
        EpochReport memory b = _altered(field, salt);
        bytes memory sigA = signReport(SIGNER_KEY, _a, compactA);
        bytes memory sigB = signReport(SIGNER_KEY, b, compactB);
        expectProven(_call(_a, sigA, b, sigB), 1, ALICE, 0, 500_000, _key());
    }

    /// One report, signed as often and in as many forms as there are, is no fault.
    function testFuzz_OneReportNever(uint8 field, bytes32 salt, bool compactA, bool compactB) external {
        EpochReport memory report = _altered(field, salt);
        bytes memory sigA = signReport(SIGNER_KEY, report, compactA);
        bytes memory sigB = signReport(SIGNER_KEY, report, compactB);
        bytes memory reason = abi.encodeWithSelector(FaultProver.SameReport.selector, registry.hashReport(report));
        expectRefused(_call(report, sigA, report, sigB), reason);
    }

    function testFuzz_OtherEpochsNever(uint64 epoch) external {
        VM.assume(epoch != EPOCH);
        EpochReport memory b = _a;
        b.epoch = epoch;
        registry.setSigner(ALICE, epoch, VM.addr(SIGNER_KEY));
        bytes memory reason = abi.encodeWithSelector(FaultProver.OtherEpoch.selector, EPOCH, epoch);
        expectRefused(_call(_a, _sigA, b, signReport(SIGNER_KEY, b, false)), reason);
    }

    /// Two validators with one signer, which the registry forbids: even then they are two.
    function test_OtherValidatorsNever() external {
        EpochReport memory b = _a;
        b.validator = BOB;
        registry.setSigner(BOB, EPOCH, VM.addr(SIGNER_KEY));
        bytes memory reason = abi.encodeWithSelector(FaultProver.OtherValidator.selector, ALICE, BOB);
        expectRefused(_call(_a, _sigA, b, signReport(SIGNER_KEY, b, false)), reason);
    }

    /// A report that somebody else signed says nothing about the validator, whichever of the two it is.
    function testFuzz_OtherKeysNever(uint256 key, bool first, bool compact) external {
        key = between(key, 1, SECP256K1_ORDER - 1);
        VM.assume(key != SIGNER_KEY);
        bytes memory forged = signReport(key, _b, compact);
        if (first) expectRefused(_call(_b, forged, _a, _sigA), _wrongSigner(VM.addr(key)));
        else expectRefused(_call(_a, _sigA, _b, forged), _wrongSigner(VM.addr(key)));
    }

    /// The signer that counts is that of the epoch, not one before or after.
    function test_TheSignerOfTheEpoch() external {
        registry.setSigner(ALICE, EPOCH - 1, VM.addr(SIGNER_KEY));
        registry.setSigner(ALICE, EPOCH + 1, VM.addr(SIGNER_KEY));
        registry.setSigner(ALICE, EPOCH, VM.addr(5));
        expectRefused(
            _calldata, abi.encodeWithSelector(FaultProver.WrongSigner.selector, VM.addr(5), VM.addr(SIGNER_KEY))
        );
    }

    /// Who has no signer at that epoch can't be proven guilty, not even by signatures that recover to nobody.
    function test_InactiveValidatorsNever() external {
        registry.setSigner(ALICE, EPOCH, address(0));
        bytes memory reason = abi.encodeWithSelector(FaultProver.ValidatorNotActive.selector, ALICE, EPOCH);
        expectRefused(_calldata, reason);
        expectRefused(_call(_a, new bytes(65), _b, new bytes(64)), reason);
        expectRefused(_call(_a, "", _b, ""), reason);
    }

    function testFuzz_MalformedSignaturesNever(bytes calldata signature) external {
        (bool success,) = address(prover).call(_call(_a, _sigA, _b, signature));
        no(success, "refused");
        if (signature.length != 64 && signature.length != 65) {
            expectRefused(_call(_a, _sigA, _b, signature), _wrongSigner(address(0)));
        }
        expectRefused(_call(_a, _sigA, _b, highS(signReport(SIGNER_KEY, _b, false))), _wrongSigner(address(0)));
    }

    /// What was signed for another registry, or on another chain, is nothing here.
    function testFuzz_OtherDomainsNever(uint256 chainId, address contract_) external {
        VM.assume(chainId != block.chainid || contract_ != address(registry));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay"),
                keccak256("1"),
                chainId,
                contract_
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, registry.hashReport(_b)));
        bytes memory foreign = signDigest(SIGNER_KEY, digest, false);
        (bool success, bytes memory returned) = address(prover).call(_call(_a, _sigA, _b, foreign));
        no(success, "refused");
        same(bytes32(bytes4(returned)), FaultProver.WrongSigner.selector, "by its signer");
    }
}
